import { garbled } from '@initbox/net'
import { Fields } from '../../wire/fields.ts'

/** What our commands are made of. */
export type Command = { readonly [key: string]: string | number | boolean | Buffer | Command }

/** Encodes a document (bsonspec.org): whole numbers as int32, buffers as generic binary. */
export function encode(document: Command): Buffer {
  const elements = Object.entries(document).map(([key, value]) => {
    const [type, bytes] = encodeValue(value)
    return Buffer.concat([Buffer.from([type]), Buffer.from(`${key}\0`), bytes])
  })
  const body = Buffer.concat(elements)
  return Buffer.concat([int32(body.length + 5), body, Buffer.alloc(1)])
}

export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  return buffer
}

function encodeValue(value: Command[string]): readonly [type: number, bytes: Buffer] {
  if (typeof value === 'number') return [0x10, int32(value)]
  if (typeof value === 'boolean') return [0x08, Buffer.from([Number(value)])]
  if (typeof value === 'string') {
    const text = Buffer.from(`${value}\0`)
    return [0x02, Buffer.concat([int32(text.length), text])]
  }
  if (Buffer.isBuffer(value)) return [0x05, Buffer.concat([int32(value.length), Buffer.alloc(1), value])]
  return [0x03, encode(value)]
}

/** Numbers, texts, booleans, buffers and documents; arrays are documents with the keys 0, 1 …; undefined for all other types. */
export type Value = string | number | boolean | Buffer | Document | undefined
export type Document = ReadonlyMap<string, Value>

const deepest = 8

/** Lengths of the values that nobody asks for: ids, dates, timestamps, decimals, null and the like. */
const skipped: Readonly<Record<number, number>> = {
  0x06: 0,
  0x07: 12,
  0x09: 8,
  0x0a: 0,
  0x11: 8,
  0x13: 16,
  0xff: 0,
  0x7f: 0,
}

/** Decodes a document. Throws NotYet for what is none. */
export function decode(fields: Fields, depth = 0): Document {
  const body = new Fields(fields.take(fields.uintLE(4) - 4))
  if (depth > deepest) throw garbled('a document in too many others')
  const document = new Map<string, Value>()
  for (let type = body.uintLE(1); type !== 0; type = body.uintLE(1)) {
    const key = body.cString()
    document.set(key, decodeValue(type, body, depth))
  }
  return document
}

function decodeValue(type: number, body: Fields, depth: number): Value {
  switch (type) {
    case 0x01:
      return body.take(8).readDoubleLE()
    case 0x02:
      return body.text(body.uintLE(4)).slice(0, -1)
    case 0x03:
    case 0x04:
      return decode(body, depth + 1)
    case 0x05: {
      const length = body.uintLE(4)
      body.take(1)
      return body.take(length)
    }
    case 0x08:
      return body.uintLE(1) === 1
    case 0x10:
      return body.take(4).readInt32LE()
    case 0x12:
      return Number(body.take(8).readBigInt64LE())
    default: {
      const length = skipped[type]
      if (length === undefined) throw garbled(`a value of the type ${type}`)
      body.take(length)
      return undefined
    }
  }
}
