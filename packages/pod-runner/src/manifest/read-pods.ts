import { randomUUID } from 'node:crypto'
import { checked, type Collected } from './collected.ts'
import { deployment, job } from './object-shapes.ts'
import { pod, type Metadata, type PodSpec } from './pod-shape.ts'

/** Reads `kind: Pod`. */
export function readPod(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, pod, into)
  if (value !== undefined) addPod(value.metadata, value.metadata.namespace, value.spec, into)
}

/** Reads `kind: Deployment` as its Pods, called `name-0`, `name-1` …; nothing replaces them. */
export function readDeployment(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, deployment, into)
  if (value === undefined) return
  const { template, replicas = 1, selector } = value.spec
  const { metadata = {}, spec } = template
  const place = `Deployment/${value.metadata.name} spec`
  const unmatched = Object.entries(selector.matchLabels ?? {}).filter(
    ([key, label]) => metadata.labels?.[key] !== label,
  )
  if (unmatched.length > 0) into.findings.problems.push(`${place}.selector: does not match the labels of the template`)
  if ((spec.restartPolicy ?? 'Always') !== 'Always')
    into.findings.problems.push(`${place}.template.spec.restartPolicy: must be Always`)
  for (let index = 0; index < replicas; index++) {
    addPod({ ...metadata, name: `${value.metadata.name}-${index}` }, value.metadata.namespace, spec, into)
  }
}

/** Reads `kind: Job` as its one Pod. */
export function readJob(document: Record<string, unknown>, into: Collected): void {
  const value = checked(document, job, into)
  if (value === undefined) return
  const { metadata = {}, spec } = value.spec.template
  if (spec.restartPolicy !== 'Never' && spec.restartPolicy !== 'OnFailure') {
    into.findings.problems.push(
      `Job/${value.metadata.name} spec.template.spec.restartPolicy: must be Never or OnFailure`,
    )
  }
  addPod({ ...metadata, name: value.metadata.name ?? '' }, value.metadata.namespace, spec, into)
}

function addPod(metadata: Metadata, namespace: string | undefined, spec: PodSpec, { pods, findings }: Collected): void {
  const generated = metadata.generateName === undefined ? '' : `${metadata.generateName}${randomUUID().slice(0, 5)}`
  const name = metadata.name ?? generated
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name)) {
    findings.problems.push(`Pod/${name} metadata.name: must be a DNS name of lower-case letters, digits, '-' and '.'`)
  }
  pods.push({
    metadata: {
      name,
      namespace: namespace ?? 'default',
      uid: metadata.uid ?? randomUUID(),
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
    },
    spec,
  })
}
