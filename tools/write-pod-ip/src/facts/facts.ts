import type { Environment } from '@initbox/core'
import { type Address, inUrl } from '../address/address.ts'
import { parseAddresses } from './pod-addresses.ts'

/** One fact about the Pod under the three names that the formats use. A list is one text with commas where it must be. */
export type Fact = { readonly key: string; readonly variable: string; readonly value: string | readonly string[] }

export type Facts = {
  /** The Pod's addresses; the first one is its IP. */
  readonly addresses: readonly [Address, ...Address[]]
  /** All that is known, in a fixed order, beginning with the addresses. */
  readonly all: readonly Fact[]
  readonly labels: ReadonlyMap<string, string> | undefined
  readonly annotations: ReadonlyMap<string, string> | undefined
}

/** Further facts that the environment may hold under these names, or with MY_ before them; keys as in the Pod's fields. */
const fields = [
  ['hostIP', 'HOST_IP'],
  ['hostIPs', 'HOST_IPS'],
  ['nodeName', 'NODE_NAME'],
  ['podName', 'POD_NAME'],
  ['podNamespace', 'POD_NAMESPACE'],
  ['podUID', 'POD_UID'],
  ['serviceAccountName', 'POD_SERVICE_ACCOUNT'],
] as const

/** The facts of the addresses and of the environment; addresses of the node are checked too. Throws as `parseAddresses`. */
export function factsOf(addresses: Facts['addresses'], environment: Environment, allowLocal: boolean): readonly Fact[] {
  const [first] = addresses
  const found = fields.flatMap(([key, variable]): Fact[] => {
    const name = [variable, `MY_${variable}`].find((each) => environment[each])
    const text = name === undefined ? undefined : environment[name]
    if (name === undefined || text === undefined) return []
    if (!key.startsWith('hostIP')) return [{ key, variable, value: text }]
    const values = parseAddresses(name, text, allowLocal).map((address) => address.text)
    return [{ key, variable, value: key === 'hostIPs' ? values : (values[0] ?? '') }]
  })
  return [
    { key: 'podIP', variable: 'POD_IP', value: first.text },
    { key: 'podIPs', variable: 'POD_IPS', value: addresses.map((address) => address.text) },
    { key: 'podIPInURL', variable: 'POD_IP_IN_URL', value: inUrl(first) },
    ...found,
  ]
}

/** The value of a fact as one text. */
export function textOf({ value }: Fact): string {
  return typeof value === 'string' ? value : value.join(',')
}
