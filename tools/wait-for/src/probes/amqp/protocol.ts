import { garbled, type Wire } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'

/** One method of AMQP 0-9-1: `10.41` is connection.open-ok (the class and method numbers of amqp0-9-1.xml). */
export type Method = { readonly name: string; readonly fields: Fields }

export const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1')

/** The next method; heartbeats are skipped (AMQP 0-9-1 §4.2.3). Throws NotYet for what is no such frame. */
export async function readMethod(wire: Wire): Promise<Method> {
  for (;;) {
    const head = new Fields(await wire.readExactly(7))
    const type = head.int(1)
    // A server of another version answers with its own header, `AMQP` and a version.
    if (type === 65) throw garbled('the header of another version of AMQP')
    head.take(2)
    const fields = new Fields(await wire.readExactly(head.int(4)))
    if ((await wire.readExactly(1))[0] !== 0xce || (type !== 1 && type !== 8)) throw garbled('no frame of AMQP')
    if (type === 1) return { name: `${fields.int(2)}.${fields.int(2)}`, fields }
  }
}

/** Writes one method with its arguments as bytes. */
export function writeMethod(
  wire: Wire,
  channel: number,
  [group, method]: readonly [number, number],
  ...args: Buffer[]
): void {
  const body = Buffer.concat([int(group, 2), int(method, 2), ...args])
  wire.write(Buffer.concat([int(1, 1), int(channel, 2), int(body.length, 4), body, int(0xce, 1)]))
}

export function int(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

/** At most 255 bytes. */
export function shortText(text: string): Buffer {
  return Buffer.concat([int(Buffer.byteLength(text), 1), Buffer.from(text)])
}

export function longText(text: string | Buffer): Buffer {
  return Buffer.concat([int(Buffer.byteLength(text), 4), Buffer.from(text)])
}

export function readShortText(fields: Fields): string {
  return fields.text(fields.take(1).readUInt8())
}
