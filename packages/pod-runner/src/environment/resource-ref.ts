import type { Container } from '../manifest/container-shape.ts'
import type { ResourceFieldRef } from '../manifest/env-shape.ts'
import { inUnitsOf, parseQuantity, type Quantity } from '../manifest/quantity.ts'
import type { Facts } from './facts.ts'

/**
 * The value of `resourceFieldRef`, a whole number of divisors, rounded up. A missing limit is what the node can give;
 * a missing request is the limit, or nothing.
 */
export function resourceValue(ref: ResourceFieldRef, container: Container, facts: Facts): string {
  const [list, resource = ''] = ref.resource.split('.')
  const name = resource === 'cpu' || resource === 'memory' ? resource : 'ephemeral-storage'
  const { limits, requests } = container.resources ?? {}
  const { cpus, memory } = facts.allocatable
  const most = parseQuantity(String(name === 'cpu' ? cpus : name === 'memory' ? memory : 0))
  const amount = list === 'limits' ? (limits?.[name] ?? most) : (requests?.[name] ?? limits?.[name] ?? 0n)
  const divisor = ref.divisor === undefined || ref.divisor === 0n ? parseQuantity('1') : ref.divisor
  return String(inUnitsOf(amount as Quantity, divisor))
}
