import { networkInterfaces } from 'node:os'

/** Stands for the Pod's address where the machine has none of its own (RFC 5737, TEST-NET-1). */
export const documentationAddress = '192.0.2.10'

/** The machine's first IPv4 address that is neither loopback nor link-local. */
export function machineAddress(interfaces = networkInterfaces()): string | undefined {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    ?.address
}

/** A loopback address of its own for the Pod with this number of this run, so that two Pods may use the same port; macOS has only one. */
export function loopbackAddress(run: Buffer, index: number, platform = process.platform): string {
  const [first = 0, second = 0] = run
  return platform === 'linux' ? `127.${64 + (first % 128)}.${second}.${(index % 254) + 1}` : '127.0.0.1'
}
