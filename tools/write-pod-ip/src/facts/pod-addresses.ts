import { type Environment, NotFoundError, RefusedError, UsageError } from '@initbox/core'
import { type Address, parseAddress } from '../address/address.ts'
import { type Family, ofFamily } from '../address/family.ts'
import { localScopes } from '../address/scope.ts'
import { fieldRefHint } from './field-ref.ts'

export type AddressSettings = {
  readonly family: Family
  readonly expectDualStack: boolean
  readonly allowLocal: boolean
}

/** Addresses as text, and how messages call the place where they were found. */
export type AddressText = { readonly source: string; readonly text: string }

/**
 * The addresses in the environment: of `name` alone, or of POD_IP (or MY_POD_IP, as the Kubernetes documentation calls
 * it) and POD_IPS. Throws NotFoundError when there is none: the environment of a running process never changes.
 */
export function addressesInEnvironment(environment: Environment, name: string | undefined): readonly AddressText[] {
  const groups =
    name === undefined
      ? [
          ['POD_IP', 'MY_POD_IP'],
          ['POD_IPS', 'MY_POD_IPS'],
        ]
      : [[name]]
  const found = groups.flatMap((names) => {
    const source = names.find((each) => environment[each]?.trim())
    return source === undefined ? [] : [{ source, text: environment[source] ?? '' }]
  })
  if (found.length > 0) return found
  const names = groups.flat()
  const empty = names.find((each) => environment[each] !== undefined)
  const other = Object.keys(environment).find((each) => /POD_?IPS?$/i.test(each) && !/^(MY_)?POD_IPS?$/.test(each))
  throw new NotFoundError(empty === undefined ? `${names[0]} is not set` : `${empty} is empty`, {
    hint:
      other === undefined
        ? fieldRefHint(empty ?? name ?? 'POD_IP', 'status.podIP')
        : `${other} is set, --from-env ${other} takes it`,
  })
}

/**
 * Checks every address and picks those of the family, the Pod's IP first. Throws UsageError for text that is no
 * address, RefusedError for an address that no Pod should have, NotFoundError when the family is missing.
 */
export function podAddresses(
  texts: readonly AddressText[],
  settings: AddressSettings,
): readonly [Address, ...Address[]] {
  const all = new Map<string, Address>()
  for (const { source, text } of texts) {
    for (const each of parseAddresses(source, text, settings.allowLocal)) all.set(each.text, each)
  }
  const addresses = [...all.values()]
  const missing = settings.expectDualStack ? ([4, 6] as const).find((family) => !has(addresses, family)) : undefined
  const [first, ...rest] = missing === undefined ? ofFamily(addresses, settings.family) : []
  if (first !== undefined) return [first, ...rest]
  const sources = texts.map(({ source }) => source)
  const given = addresses.map((address) => address.text).join(', ')
  throw new NotFoundError(
    `the Pod has no IPv${missing ?? settings.family} address in ${sources.join(', ')}: ${given}`,
    { hint: familyHint(sources) },
  )
}

/** What to warn of when POD_IP is none of POD_IPS, as when one of them was taken from another field. */
export function strangerWarning(texts: readonly AddressText[], allowLocal: boolean): string | undefined {
  const [one, all] = texts
  if (one === undefined || all === undefined) return undefined
  const known = parseAddresses(all.source, all.text, allowLocal).map(({ text }) => text)
  const stranger = parseAddresses(one.source, one.text, allowLocal).find(({ text }) => !known.includes(text))
  return stranger && `${one.source} ${stranger.text} is not among ${all.source} ${known.join(', ')}`
}

function familyHint([source, ...more]: readonly string[]): string {
  return more.length === 0 && (source === 'POD_IP' || source === 'MY_POD_IP')
    ? `${source} is the first address only; ${fieldRefHint('POD_IPS', 'status.podIPs')}`
    : 'the cluster, the node or the Pod is single-stack'
}

/** The addresses in a comma-separated text, as `status.podIPs` is written. Throws UsageError and RefusedError. */
export function parseAddresses(source: string, text: string, allowLocal: boolean): Address[] {
  return text.split(',').map((entry) => {
    const address = parseAddress(entry.trim())
    if (address === undefined && /^\$\(.*\)$/.test(entry.trim()))
      throw new UsageError(`${source} is the text ${entry.trim()}: Kubernetes replaced nothing in it`, {
        hint: fieldRefHint(source, 'status.podIP'),
      })
    if (address === undefined) throw new UsageError(`${source} is not an IP address: ${JSON.stringify(entry.trim())}`)
    const { scope } = address
    const local = localScopes.includes(scope)
    if (scope === 'global' || (local && allowLocal)) return address
    throw new RefusedError(`${source} is ${article(scope)} ${scope} address: ${address.text}`, {
      hint: local ? '--allow-local takes it all the same' : undefined,
    })
  })
}

function has(addresses: readonly Address[], family: 4 | 6): boolean {
  return addresses.some((address) => address.family === family)
}

function article(word: string): string {
  return /^[aeiouI]/.test(word) ? 'an' : 'a'
}
