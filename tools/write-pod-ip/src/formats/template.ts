import { renderTemplate } from '@initbox/template'
import { inUrl, parseAddress } from '../address/address.ts'
import type { Format } from './format.ts'
import { variablesOf } from './variables.ts'

/** Characters that a small template may become. */
const limit = 1 << 20

/**
 * A template over the facts and, where they have no such name, the environment. An IPv6 address right behind `://`
 * or `://user@` gets its brackets; elsewhere `${POD_IP_IN_URL}` has them.
 */
export const template: Format = (facts, { template: given, environment }) => {
  const variables = variablesOf(facts)
  return renderTemplate(given?.text ?? '', {
    name: given?.name ?? '--template',
    limit,
    variable: (name, before) => {
      const value = variables.get(name) ?? environment[name]
      const address = value !== undefined && /:\/\/([^\s/@]*@)?$/.test(before) ? parseAddress(value) : undefined
      return address === undefined ? value : inUrl(address)
    },
  })
}
