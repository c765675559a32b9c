import { createSocket } from 'node:dgram'
import { onTestFinished } from 'vitest'

/** What a name server says about one name: addresses, or an RCODE of RFC 1035 §4.1.1 (3 is NXDOMAIN), or nothing at all. */
export type Says = { readonly A?: readonly string[]; readonly AAAA?: readonly string[] } | number | 'silent'

/**
 * A name server on a free port of 127.0.0.1 until the end of the test, and every name that it was asked for. Unknown
 * names do not exist.
 */
export async function nameServer(
  names: Readonly<Record<string, Says>>,
): Promise<{ readonly address: string; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const socket = createSocket('udp4', (query, from) => {
    const { name, type, end } = question(query)
    asked.push(name)
    const says = names[name] ?? 3
    if (says === 'silent') return
    const found = typeof says === 'number' ? [] : ((type === 28 ? says.AAAA : says.A) ?? [])
    const header = Buffer.from(query.subarray(0, 12))
    // Response, recursion desired and available; then RCODE and the number of answers; no additional records.
    header.writeUInt16BE(0x8180 | (typeof says === 'number' ? says : 0), 2)
    header.writeUInt16BE(found.length, 6)
    header.writeUInt32BE(0, 8)
    const answers = found.map((address) => record(type, address))
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void socket.close())
  return { address: `127.0.0.1:${socket.address().port}`, asked }
}

/** The one question of a query (RFC 1035 §4.1.2). */
function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

/** A resource record that points back at the question's name (RFC 1035 §4.1.3 and §4.1.4). */
function record(type: number, address: string): Buffer {
  const bytes =
    type === 28
      ? Buffer.from(
          address
            .split(':')
            .map((group) => group.padStart(4, '0'))
            .join(''),
          'hex',
        )
      : Buffer.from(address.split('.').map(Number))
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length])
  return Buffer.concat([head, bytes])
}
