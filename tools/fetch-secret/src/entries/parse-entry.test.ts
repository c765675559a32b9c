import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyText } from '@initbox/testing'
import { parseEntry } from './parse-entry.ts'

const parse = (text: string) => parseEntry(text, (path) => `text of ${path}`)

describe('parseEntry', () => {
  test.each([
    ['k=vault://secret/api#password', { kind: 'key', key: 'password' }],
    ['k=vault://secret/api#a.b', { kind: 'key', key: 'a.b' }],
    ['k=vault://secret/api#with%26amp', { kind: 'key', key: 'with&amp' }],
    ['k=vault://secret/api#key=a%3Db', { kind: 'key', key: 'a=b' }],
    ['k=vault://secret/api#key=/slash', { kind: 'key', key: '/slash' }],
    ['k=vault://secret/api#optional', { kind: 'key', key: 'optional' }],
    ['k=vault://secret/api#optional=true', { kind: 'whole' }],
    ['k=vault://secret/api#/a/b~1c', { kind: 'pointer', pointer: '/a/b~1c', steps: ['a', 'b/c'] }],
  ])('%s', (text, selector) => expect(parse(text).recipe).toMatchObject({ pick: { selector } }))

  test.each([
    ['k=vault://secret/api#password', 'raw'],
    ['k.json=vault://secret/api', 'json'],
    ['k.env=aws-sm://x', 'dotenv'],
    ['k.env=aws-sm://x#format=env-file', 'env-file'],
    ['k/=vault://secret/api', 'files'],
    ['k/=vault-write://pki/issue/web?common_name=a#format=pem', 'pem'],
    ['k=aws-sm://x', 'raw'],
  ])('the format of %s is %s', (text, format) => expect(parse(text).recipe).toMatchObject({ kind: 'format', format }))

  test('what goes to the server and what is ours', () => {
    const entry = parse('a/k=aws-sm://n?version-stage=A%26B#p&default=x&decode=base64&newline=strip&mode=0400')
    expect(entry).toMatchObject({ to: { root: '.', path: 'a/k' }, mode: 0o400, isFolder: false })
    expect(entry.recipe).toMatchObject({
      pick: { optional: false, fallback: 'x', decode: 'base64', newline: 'strip', address: { label: 'aws-sm://n' } },
    })
    expect(parse('k=vault://a/b#template-file=t.html').recipe).toMatchObject({
      kind: 'keys-template',
      template: { text: 'text of t.html' },
    })
  })

  test.each([
    ['k', 'it must have the form OUT=SOURCE'],
    ['=vault://a/b', 'it must have the form OUT=SOURCE'],
    ['k=secret/api', 'the source has no scheme'],
    ['k=vaul://a/b', "there is no source 'vaul://' (known: vault, vault-read"],
    ['k=vault://', 'vault:// names no secret'],
    ['../k=vault://a/b', "must not contain '..'"],
    ['k=vault://a/b#a&b', "there is no parameter 'b' behind #"],
    ['k=vault://a/b#fromat=json', 'did you mean format?'],
    ['k=vault://a/b#format=xml', 'format must be one of raw, json'],
    ['k=vault://a/b#format=files', "format=files makes a folder: write 'k/'"],
    ['k/=vault://a/b#key', "'k/' is a folder, but a key is a file"],
    ['k=vault://a/b#/a~2', "'/a~2' is no JSON pointer"],
    ['k=vault://a/b#x&key=y', '#x and key= exclude each other'],
    ['k=vault://a/b#x&optional&default=1', 'optional and default exclude each other'],
    ['k=vault://a/b#x&mode=9', 'mode must be a file mode'],
    ['k=vault://a/b#x&mode', 'mode needs a value'],
    ['k=vault://a/b?a=1&a=2#x', "'a' is given twice"],
    ['k=vault://a/b%00#x', 'a NUL byte is no part of a name'],
    ['k=vault://a/b#x&escape=json', 'escape needs a template-file'],
  ])('%s is refused', (text, message) => expect(() => parse(text)).toThrow(message))

  test('any text is an entry or a plain Error', () => {
    const runs = process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000
    const some = fc.oneof(
      anyText,
      anyText.map((text) => `k=vault://a/b${text}`),
      anyText.map((text) => `k=vault://a/b#${text}`),
    )
    fc.assert(
      fc.property(some, (text) => {
        expect(kindOf(text)).toBe('fine')
      }),
      { numRuns: runs },
    )
  })
})

/** `fine` is an entry or a plain Error: a TypeError would be a bug. */
function kindOf(text: string): string {
  try {
    parse(text)
    return 'fine'
  } catch (error) {
    return error instanceof Error && error.constructor === Error ? 'fine' : String(error)
  }
}
