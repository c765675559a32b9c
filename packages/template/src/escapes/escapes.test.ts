import { execFileSync } from 'node:child_process'
import { anyText } from '@initbox/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Escape, escapeFor, escapes } from './index.ts'

test.each([
  ['html', `<a href='x' title="y">&amp;</a>`, '&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;'],
  ['json', 'a"\\\n\u0001é', String.raw`a\"\\\n\u0001é`],
  ['shell', "it's $HOME `x`\n", "'it'\\''s $HOME `x`\n'"],
  ['shell', '', "''"],
  ['none', '<">\'', '<">\''],
  ['xml', `a<b>&"'`, 'a&lt;b&gt;&amp;&quot;&#39;'],
  ['properties', ' a=b\\\né', String.raw`\ a=b\\\n\u00e9`],
] as const)('%s of %j', (name, value, escaped) => {
  const escape: Escape = escapes[name]
  expect(escape(value, '')).toBe(escaped)
})

test('a JSON parser reads back any value', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      expect(JSON.parse(`"${escapes.json(value)}"`)).toBe(value)
    }),
  )
})

test('a shell reads back any values', () => {
  const value = anyText.map((text) => text.replaceAll('\0', ''))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
      const words = values.map((each) => escapes.shell(each)).join(' ')
      const output = execFileSync('sh', ['-c', `printf '%s\\0' ${words}`], { encoding: 'utf8' })
      expect(output.split('\0').slice(0, -1)).toEqual(values)
    }),
    { numRuns: 25 },
  )
})

test('nothing of markup survives html', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(escapes.html(value)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
    }),
  )
})

test.each([
  ['index.html', 'html'],
  ['a/INDEX.HTM', 'html'],
  ['app.json', 'json'],
  ['a.yaml', 'yaml'],
  ['a.yml', 'yaml'],
  ['pom.xml', 'xml'],
  ['app.properties', 'properties'],
  ['nginx.conf', 'none'],
  ['html', 'none'],
])('%s asks for %s', (path, name) => {
  expect(escapeFor(path)).toBe(name)
})

test.each([
  ['key: ', 'plain', 'plain'],
  ['key: ', '3', '3'],
  ['key: ', '', '""'],
  ['key: ', 'a: b', '"a: b"'],
  ['key: ', 'two\nlines', String.raw`"two\nlines"`],
  ['- ', '- x', '"- x"'],
  ['key: [a, ', 'b, c', '"b, c"'],
  ['key: "', 'say "hi"\n', String.raw`say \"hi\"\n`],
  ["key: '", "it's", "it''s"],
  ['url: http://', 'host:80/a', 'host:80/a'],
  ['key: |\n  one\n  ', 'two\nthree: 3', 'two\n  three: 3'],
])('yaml after %j: %j', (before, value, escaped) => {
  expect(escapes.yaml(value, before)).toBe(escaped)
})

test.each([
  ["key: '", 'a\nb', 'has a line break'],
  ['url: http://', 'a\nadmin: true', 'would become more than text'],
  ['url: http://', 'a #b', 'would become more than text'],
  ['key: {a: x', 'y, b: 1', 'would become more than text'],
])('yaml after %j: %j is refused', (before, value, message) => {
  expect(() => escapes.yaml(value, before)).toThrow(message)
})

test('a YAML parser reads back any value, as text, wherever it stands', () => {
  const value = anyText.map((text) => text.toWellFormed().replaceAll(/[\r\0\u0085\u2028\u2029\ufeff\ufffd]/g, ''))
  const places = [
    ['v: "', '"\n', (read: { v: string }) => read.v],
    ['v: [', ']\n', (read: { v: string[] }) => read.v[0]],
    ['v:\n  - ', '\n  - x\n', (read: { v: string[] }) => read.v[0]],
    ['v: {a: "x", b: ', '}\n', (read: { v: { b: string } }) => read.v.b],
  ] as const
  fc.assert(
    fc.property(value, fc.constantFrom(...places), (text, [before, after, pick]) => {
      const read: unknown = parse(`${before}${escapes.yaml(text, before)}${after}`, { schema: 'failsafe' })
      expect(pick(read as never)).toBe(text)
    }),
  )
})

test('no value of a block leaves it', () => {
  const lines = fc.array(fc.stringMatching(/^[ -~]*$/), { minLength: 1, maxLength: 4 }).map((each) => each.join('\n'))
  fc.assert(
    fc.property(lines, (text) => {
      const before = 'v: |\n  x\n  '
      expect(Object.keys(parse(`${before}${escapes.yaml(text, before)}\n`) as object)).toEqual(['v'])
    }),
  )
})

test('XML refuses what it cannot hold', () => {
  expect(() => escapes.xml('\u0001')).toThrow('holds a character that XML cannot hold')
})
