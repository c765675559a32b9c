import { expect, test } from 'vitest'
import { loopbackAddress, machineAddress } from './address.ts'

const common = { netmask: '', mac: '', cidr: null }
const ipv4 = (address: string, internal = false) => ({ ...common, address, internal, family: 'IPv4' as const })

test('the first address that others could reach', () => {
  const ipv6 = { ...common, address: 'fd00::1', internal: false, family: 'IPv6' as const, scopeid: 0 }
  expect(machineAddress({ lo: [ipv4('127.0.0.1', true)], a: [ipv4('169.254.1.1'), ipv6], b: [ipv4('10.1.2.3')] })).toBe(
    '10.1.2.3',
  )
  expect(machineAddress({ lo: [ipv4('127.0.0.1', true)] })).toBeUndefined()
})

test('Pods have different loopback addresses where the system has more than one', () => {
  const [run, other] = [Buffer.of(1, 2), Buffer.of(255, 255)]
  const addresses = [
    loopbackAddress(run, 0, 'linux'),
    loopbackAddress(run, 1, 'linux'),
    loopbackAddress(other, 253, 'linux'),
  ]
  expect(addresses).toEqual(['127.65.2.1', '127.65.2.2', '127.191.255.254'])
  expect(loopbackAddress(run, 1, 'darwin')).toBe('127.0.0.1')
})
