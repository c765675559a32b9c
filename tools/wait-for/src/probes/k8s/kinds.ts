import { NotFoundError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { ApiError } from './call.ts'
import { at, listAt, textAt } from './object.ts'

/** Where the API has the objects of a kind. */
export type Resource = {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced: boolean
}

/** A kind as it was written; each part in lower case, group and version undefined where they were left out. */
export type KindName = {
  readonly name: string
  readonly version: string | undefined
  readonly group: string | undefined
}

/** The kinds that have a "ready" of their own, by every name that kubectl takes for them; all of them are v1. */
const known: readonly (readonly [names: string, group: string])[] = [
  ['pods pod po', ''],
  ['services service svc', ''],
  ['jobs job', 'batch'],
  ['deployments deployment deploy', 'apps'],
  ['statefulsets statefulset sts', 'apps'],
  ['daemonsets daemonset ds', 'apps'],
]

export const endpointSlices: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  namespaced: true,
}

/** Parses kubectl's `TYPE[.VERSION][.GROUP]`: `job`, `jobs.batch`, `certificates.v1.cert-manager.io`. */
export function parseKind(text: string): KindName {
  const [, name, version, group] =
    /^([a-z][a-z0-9]*)(?:\.(v\d+(?:(?:alpha|beta)\d+)?))?(?:\.([a-z0-9.-]+))?$/.exec(text.toLowerCase()) ?? []
  // Not quoted: it may be a password in a place where none belongs.
  if (name === undefined) throw new Error('names no kind such as job, or certificates.cert-manager.io')
  return { name, version, group }
}

/** The resource of a kind that needs no discovery, or undefined. */
export function knownResource({ name, version = 'v1', group }: KindName): Resource | undefined {
  const found = known.find(([names, of]) => names.split(' ').includes(name) && (group === undefined || group === of))
  if (found === undefined || version !== 'v1') return undefined
  return { group: found[1], version, plural: found[0].split(' ', 1)[0] ?? '', namespaced: true }
}

/**
 * Asks the API (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api) where a kind is. A group that
 * it does not have may still be installed: NotYet. A kind that the core group does not have will not come: NotFoundError.
 */
export async function discover(
  { name, version, group }: KindName,
  get: (path: string) => Promise<unknown>,
): Promise<Resource> {
  const missing = (what: string): NotYet =>
    new NotYet('no such kind', `the cluster has no ${what} yet; is its CustomResourceDefinition installed?`, {
      gone: true,
    })
  try {
    const served =
      version ?? (group === undefined ? 'v1' : textAt(await get(`/apis/${group}`), 'preferredVersion', 'version'))
    const document = await get(group === undefined ? `/api/${served}` : `/apis/${group}/${served}`)
    for (const each of listAt(document, 'resources')) {
      const plural = textAt(each, 'name')
      const names = [plural, textAt(each, 'singularName'), textAt(each, 'kind'), ...listAt(each, 'shortNames')]
      // Names with a slash are subresources.
      if (plural.includes('/') || !names.some((one) => String(one).toLowerCase() === name)) continue
      return { group: group ?? '', version: served, plural, namespaced: at(each, 'namespaced') === true }
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw missing(`API group ${group ?? version}`)
    throw error
  }
  if (group !== undefined) throw missing(`kind ${name} in the API group ${group}`)
  const hint = 'name its API group too, as in certificates.cert-manager.io; kubectl api-resources lists them'
  throw new NotFoundError(`the cluster's core API has no kind ${name}`, { hint })
}
