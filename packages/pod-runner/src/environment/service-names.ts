import type { Service } from '../manifest/object-shapes.ts'

/** All names under which a Service is found in a cluster: short, with its namespace, and in full. */
export function serviceNames({ metadata }: Service): readonly string[] {
  const name = `${metadata.name}`
  const full = `${name}.${metadata.namespace ?? 'default'}`
  return [name, full, `${full}.svc`, `${full}.svc.cluster.local`]
}
