import fc from 'fast-check'
import { ToolError } from '@initbox/core'
import { expect, test } from 'vitest'
import { Origins } from '../input/origins.ts'
import { Journal } from '../load/journal.ts'
import { Records } from '../records/records.ts'
import { Batch } from '../resp/batch.ts'
import { type FormatName, formats } from './index.ts'
import { parseTemplate } from './template.ts'

const runs = process.env['INITBOX_FULL'] === '1' ? 300_000 : 4_000

/** What a format makes of bytes that come in such pieces: the commands, the errors, and what ended it. */
function read(name: FormatName, bytes: Buffer, sizes: readonly number[]): unknown {
  const silent = { debug() {}, info() {}, warning() {}, error() {}, live: undefined }
  const origins = new Origins()
  const journal = new Journal(silent, origins, 1_000)
  const batch = new Batch()
  const commands: Buffer[] = []
  const full = (): void => {
    batch.endPairs()
    commands.push(Buffer.from(batch.bytes.subarray(0, batch.length)))
    batch.clear()
  }
  const settings = {
    prefix: Buffer.from('p:'),
    ttl: 0,
    jitter: 0,
    existing: 'overwrite',
    replace: false,
    sharded: false,
  } as const
  const records = new Records({ batch: () => batch, full, msets: false }, settings)
  const rows = name === 'csv' || name === 'tsv'
  const reader = formats[name].read({
    records,
    journal,
    source: 'a',
    base: origins.begin('a', formats[name], 0),
    maxRecord: 300,
    key: rows ? parseTemplate('k:${a}') : undefined,
    value: rows ? parseTemplate('${b}-${@json}') : undefined,
    sharded: false,
    database: 0,
  })
  let ending = 'the end'
  try {
    let at = 0
    for (const size of sizes) {
      // What a reader is given is overwritten afterwards.
      const piece = Buffer.from(bytes.subarray(at, at + size))
      reader.feed(piece)
      piece.fill(0)
      at += size
    }
    reader.feed(Buffer.from(bytes.subarray(at)))
    reader.end()
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    ending = error.message.replace(/at byte .* is not RESP/, 'is not RESP')
  }
  full()
  return {
    commands: Buffer.concat(commands).toString('latin1'),
    errors: [...journal.kinds],
    first: journal.first,
    ending,
  }
}

const tokens: Readonly<Record<FormatName, readonly string[]>> = {
  ndjson: [
    '{"key":"a","value":"b"}',
    '{"key":"é","value":{"a":[1.10]}}',
    '\n',
    '\r\n',
    '{',
    '"',
    '\xff',
    '\0',
    'x',
    '{"key":"h","type":"hash","value":{"a":"b"}}\n',
  ],
  csv: ['a,b\n', '1,2\n', '"x","y ""z"""\n', '"', '\n', '\r\n', ',', 'é', '\xff', '\0', 'text'],
  tsv: ['a\tb\n', '1\t2\n', '"', '\n', '\r\n', '\t', 'text'],
  commands: ['SET a b\n', 'SET "a b" \'c\'\n', '"', "'", '\\', '\n', '\0', '\xff', 'x ', 'MULTI\n'],
  resp: [
    '*1\r\n$4\r\nPING\r\n',
    '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n',
    '*',
    '$',
    '-1',
    '\r\n',
    '9',
    'SET',
    '\0',
    '*2\r\n$5\r\nMULTI\r\n$0\r\n\r\n',
  ],
}

test.each(Object.keys(tokens) as FormatName[])(
  '%s is the same in whatever pieces it comes, and never throws a bug',
  (name) => {
    const content = fc
      .array(fc.constantFrom(...tokens[name]), { maxLength: 30 })
      .map((all) => Buffer.from(all.join(''), 'latin1'))
    const start = name === 'csv' || name === 'tsv' ? Buffer.from(tokens[name][0] ?? '') : Buffer.alloc(0)
    fc.assert(
      fc.property(content, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }), (rest, sizes) => {
        const bytes = Buffer.concat([start, rest])
        expect(read(name, bytes, sizes)).toEqual(read(name, bytes, []))
      }),
      { numRuns: runs },
    )
  },
)
