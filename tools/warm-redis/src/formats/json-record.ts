import { nearest } from '@initbox/core'
import { type Collection, collections } from '../records/collection.ts'
import type { Expiry } from '../records/expiry.ts'
import type { Records } from '../records/records.ts'
import { elementsOf, kindOf, membersOf, RecordError, stringOf } from './json-text.ts'
import { render, type Template } from './template.ts'

const known = ['key', 'value', 'type', 'ttl', 'expireAt']
/** What RIOT and redis-dump write beside a record: nothing that is to be loaded. */
const passedOver = new Set(['event', 'time', 'mem', 'memoryUsage', 'size'])
const types = ['string', ...collections]

/** Writes the record that a line of JSON describes. Throws RecordError, whose message holds no value. */
export function writeRecord(line: string, records: Records): void {
  const members = membersOf(line, 'the line')
  for (const name of members.keys()) {
    if (known.includes(name) || passedOver.has(name)) continue
    const near = nearest(name, known)
    throw new RecordError(
      `'${name.slice(0, 40)}' is no member of a record${near === undefined ? '' : `, did you mean '${near}'?`}`,
    )
  }
  const key = bytesOf(required(members, 'key'), 'the key')
  if (key.length === 0) throw new RecordError('the key is empty')
  const value = required(members, 'value')
  const expiry = expiryOf(members)
  const typeText = members.get('type')
  const type = typeText === undefined ? 'string' : stringOf(typeText)
  if (type === 'string') {
    const bytes = bytesOf(value, 'the value')
    const after = expiry !== undefined && 'after' in expiry ? expiry.after : 0
    const at = expiry !== undefined && 'at' in expiry ? expiry.at : 0
    return records.string(key, 0, key.length, bytes, 0, bytes.length, after, at)
  }
  const collection = collections.find((each) => each === type)
  if (collection === undefined) throw new RecordError(`the type '${type.slice(0, 20)}' is none of ${types.join(', ')}`)
  const content = collectionOf(collection, value)
  if (content.length === 0) throw new RecordError(`the ${collection} is empty, and Redis has no empty ones`)
  return records.collection(collection, key, content, expiry)
}

/** Else all records without it would be written to one key. */
export function emptyInKey(name: string): string {
  return `'${name.slice(0, 40)}' is empty, and the key is made of it`
}

/** Writes a record whose key and value templates make of the members of a line of JSON. */
export function writeTemplated(line: string, records: Records, keyOf: Template, valueOf: Template | undefined): void {
  const members = membersOf(line, 'the line')
  const field = (name: string): Buffer => {
    const found = members.get(name)
    if (found === undefined || found === 'null') throw new RecordError(`it has no '${name}'`)
    return bytesOf(found, `'${name}'`)
  }
  const json = (): Buffer => Buffer.from(line.trim())
  const fieldOfKey = (name: string): Buffer => {
    const found = field(name)
    if (found.length === 0) throw new RecordError(emptyInKey(name))
    return found
  }
  const key = render(keyOf, fieldOfKey, json)
  if (key.length === 0) throw new RecordError('the key is empty')
  if (valueOf !== undefined) {
    const value = render(valueOf, field, json)
    return records.string(key, 0, key.length, value, 0, value.length)
  }
  // A field that is null is none: NULL of a query, or nothing to say.
  const content = hashOf(new Map([...members].filter(([, text]) => text !== 'null')))
  if (content.length === 0) throw new RecordError('the hash is empty, and Redis has no empty ones')
  return records.collection('hash', key, content)
}

function required(members: ReadonlyMap<string, string>, name: string): string {
  const found = members.get(name)
  if (found === undefined) throw new RecordError(`it has no '${name}'`)
  return found
}

/** What is stored for a JSON value: a string's text, the bytes of `{"base64": …}`, anything else as it is written. */
function bytesOf(json: string, what: string): Buffer {
  const kind = kindOf(json)
  if (kind === 'null') throw new RecordError(`${what} is null`)
  if (kind === 'a string') return Buffer.from(stringOf(json))
  if (kind === 'an object') {
    const encoded = /^\{\s*"base64"\s*:\s*"([A-Za-z0-9+/]*={0,2})"\s*\}$/.exec(json)?.[1]
    if (encoded !== undefined) {
      const bytes = Buffer.from(encoded, 'base64')
      if (encoded.length % 4 !== 0 || bytes.toString('base64') !== encoded)
        throw new RecordError(`${what} is no base64`)
      return bytes
    }
    if (/^\{\s*"base64"\s*:\s*"[^"]*"\s*\}$/.test(json)) throw new RecordError(`${what} is no base64`)
  }
  return Buffer.from(json)
}

function collectionOf(type: Collection, value: string): Buffer[] {
  const what = `the value of a ${type}`
  if (type === 'hash') return hashOf(membersOf(value, what))
  if (type === 'zset' && kindOf(value) === 'an array') {
    return elementsOf(value, what).flatMap(scoredOf)
  }
  if (type === 'zset') {
    return [...membersOf(value, what)].flatMap(([member, score]) => [Buffer.from(scoreOf(score)), Buffer.from(member)])
  }
  return elementsOf(value, what).map((element) => bytesOf(element, 'a member'))
}

function hashOf(members: ReadonlyMap<string, string>): Buffer[] {
  return [...members].flatMap(([field, text]) => [
    Buffer.from(field),
    bytesOf(text, `the field '${field.slice(0, 40)}'`),
  ])
}

/** `{"value":"m","score":1}` as RIOT writes it, or `["m","1"]` as redis-dump does. */
function scoredOf(element: string): Buffer[] {
  const pair = kindOf(element) === 'an array'
  const [member, score] = pair
    ? elementsOf(element, 'a member')
    : ['value', 'score'].map((name) => required(membersOf(element, 'a member'), name))
  if (member === undefined || score === undefined) throw new RecordError('a member has no score')
  return [Buffer.from(scoreOf(score)), bytesOf(member, 'a member')]
}

/** Redis keeps scores as doubles: one that would not come back as it was written is refused. */
function scoreOf(json: string): string {
  const text = kindOf(json) === 'a string' ? stringOf(json) : json
  if (/^[+-]?inf$/i.test(text)) return text
  const score = Number(text)
  if (!/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(score)) throw new RecordError('a score is no number')
  if (digits(text) !== digits(score.toPrecision(17)) && digits(text) !== digits(String(score))) {
    throw new RecordError('a score has more digits than Redis keeps')
  }
  return text
}

/** The digits that count: sign, point, exponent and zeros at the edges taken away. */
function digits(text: string): string {
  return text
    .replace(/e.*$/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '')
}

function expiryOf(members: ReadonlyMap<string, string>): Expiry | undefined {
  const ttl = members.get('ttl')
  const expireAt = members.get('expireAt')
  if (ttl !== undefined && expireAt !== undefined) throw new RecordError("'ttl' and 'expireAt' exclude each other")
  // As the server's own TTL answers for a key that does not expire, and RIOT and redis-dump write.
  if (ttl === '-1') return undefined
  if (ttl !== undefined) return { after: milliseconds(ttl, 'ttl') }
  if (expireAt === undefined) return undefined
  if (kindOf(expireAt) !== 'a string') return { at: milliseconds(expireAt, 'expireAt') }
  const text = stringOf(expireAt)
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (!(at > 0))
    throw new RecordError("'expireAt' is neither seconds since 1970 nor a time such as 2030-01-31T12:00:00Z")
  return { at }
}

/** Seconds with up to three digits after the point. */
function milliseconds(json: string, name: string): number {
  const seconds = /^\d+(\.\d{1,3})?$/.test(json) ? Number(json) : Number.NaN
  if (name === 'ttl' && seconds > 1e11) {
    throw new RecordError("'ttl' is a time in milliseconds, as RIOT writes it: make it 'expireAt', in seconds")
  }
  if (!(seconds > 0) || seconds > 1e11) throw new RecordError(`'${name}' is no number of seconds above zero`)
  return Math.round(seconds * 1000)
}
