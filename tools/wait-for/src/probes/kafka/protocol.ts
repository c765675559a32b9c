import { garbled, type Wire } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'

/** Requests by their keys (kafka.apache.org/protocol). */
export const api = { metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 }

export function int(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}

export function text(value: string): Buffer {
  return Buffer.concat([int(Buffer.byteLength(value), 2), Buffer.from(value)])
}

/** A text that may be null. */
export function readText(fields: Fields): string {
  const length = fields.int(2)
  return length < 0 ? '' : fields.text(length)
}

/** An array; a null one is empty. */
export function readList<T>(fields: Fields, read: () => T): T[] {
  const list: T[] = []
  for (let left = fields.int(4); left > 0; left--) list.push(read())
  return list
}

/** Sends one request (header version 1) and returns the body of its response (header version 0). Its key is its id, too: there is one at a time. */
export async function request(wire: Wire, key: number, version: number, ...body: Buffer[]): Promise<Fields> {
  const bytes = Buffer.concat([int(key, 2), int(version, 2), int(key, 4), text('wait-for'), ...body])
  wire.write(Buffer.concat([int(bytes.length, 4), bytes]))
  const length = (await wire.readExactly(4)).readInt32BE()
  const fields = new Fields(await wire.readExactly(length))
  if (fields.int(4) !== key) throw garbled('an answer to another request')
  return fields
}

export type Topic = { readonly error: number; readonly name: string; readonly leaders: readonly number[] }
export type Metadata = { readonly brokers: number; readonly topics: readonly Topic[] }

/** What the broker knows of the cluster and of these topics, none of which is made by asking. */
export async function metadata(wire: Wire, topics: readonly string[]): Promise<Metadata> {
  const version = await metadataVersion(wire)
  const names = topics.map(text)
  const fields = await request(wire, api.metadata, version, int(names.length, 4), ...names, int(0, 1))
  fields.take(4) // throttle time
  const brokers = readList(fields, () => {
    fields.take(4)
    readText(fields)
    fields.take(4)
    readText(fields)
  })
  readText(fields) // cluster
  fields.take(4) // controller
  const found = readList(fields, () => {
    const error = fields.int(2)
    const name = readText(fields)
    fields.take(1)
    return { error, name, leaders: readList(fields, () => readLeader(fields, version)) }
  })
  return { brokers: brokers.length, topics: found }
}

function readLeader(fields: Fields, version: number): number {
  fields.take(6)
  const leader = fields.int(4)
  if (version >= 7) fields.take(4) // epoch
  // Replicas, in-sync replicas, and since version 5 the offline ones.
  for (let lists = version >= 5 ? 3 : 2; lists > 0; lists--) readList(fields, () => fields.take(4))
  return leader
}

/** The newest version that both sides know: 4 is the first that can ask without making topics, 9 has another form. */
async function metadataVersion(wire: Wire): Promise<number> {
  const fields = await request(wire, api.apiVersions, 0)
  const error = fields.int(2)
  if (error !== 0) throw garbled(`the error ${error} to ApiVersions`)
  const known = readList(fields, () => ({ key: fields.int(2), min: fields.int(2), max: fields.int(2) }))
  const { min = 0, max = 0 } = known.find(({ key }) => key === api.metadata) ?? {}
  const version = Math.min(7, max)
  if (version < 4 || min > 7) throw garbled('no version of Metadata that is known here')
  return version
}
