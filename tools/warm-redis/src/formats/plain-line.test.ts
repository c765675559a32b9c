import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlainLine } from './plain-line.ts'

const read = (line: string): { key: string; value: string; after: number } | undefined => {
  const bytes = Buffer.from(line)
  const plain = new PlainLine()
  if (plain.read(bytes, 0, bytes.length) !== bytes.length) return undefined
  return {
    key: bytes.toString('utf8', plain.keyStart, plain.keyEnd),
    value: bytes.toString('utf8', plain.start, plain.end),
    after: plain.after,
  }
}

test.each([
  ['{"key":"a","value":"b"}', { key: 'a', value: 'b', after: 0 }],
  ['{ "value" : "b" , "key":"a" }\r\n', { key: 'a', value: 'b', after: 0 }],
  ['{"key":"a","value":"b","ttl":60,"type":"string"}\n', { key: 'a', value: 'b', after: 60_000 }],
  ['{"key":"a","value":-1.50e+3}', { key: 'a', value: '-1.50e+3', after: 0 }],
  ['{"key":"é","value":""}', { key: 'é', value: '', after: 0 }],
])('%s is plain', (line, record) => expect(read(line)).toEqual(record))

test.each([
  '{"key":"a","value":"b\\n"}',
  '{"key":"a","value":"b"',
  '{"key":"a","value":"b"} x',
  '{"key":"a","value":"b",}',
  '{"key":"a","key":"a","value":"b"}',
  '{"key":"a","value":01}',
  '{"key":"a","value":1.}',
  '{"key":"a","value":true}',
  '{"key":"","value":"b"}',
  '{"key":"a","value":"b","ttl":0}',
  '{"key":"a","value":"b","ttl":1.5}',
  '{"key":"a","value":"b","type":"hash"}',
  '{"key":"a","value":"b","x":1}',
  '{"key":"a"}',
  '',
  '[]',
])('%s is not plain', (line) => expect(read(line)).toBeUndefined())

const runs = process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000

test('what is plain means what JSON says it means', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '"',
    '"key"',
    '"value"',
    '"ttl"',
    '"type"',
    ':',
    ',',
    ' ',
    '1',
    '0',
    '-',
    '.',
    'e',
    '\\',
    'a',
    '"a"',
    '"string"',
    '\n',
    'é',
    '\r',
  )
  const almost = fc
    .record({
      key: fc.string(),
      value: fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.jsonValue()),
      ttl: fc.option(fc.nat(), { nil: undefined }),
    })
    .map((record) => JSON.stringify(record))
  fc.assert(
    fc.property(
      fc.oneof(
        almost,
        fc.array(pieces, { maxLength: 20 }).map((all) => all.join('')),
      ),
      (line) => {
        const record = read(line)
        if (record === undefined) return
        const parsed: unknown = JSON.parse(line)
        expect(parsed).toMatchObject({ key: record.key })
        const { value, ttl } = parsed as { value: unknown; ttl?: number }
        expect(typeof value === 'string' ? record.value : Number(record.value)).toBe(value)
        expect(record.after).toBe((ttl ?? 0) * 1000)
      },
    ),
    { numRuns: runs },
  )
})
