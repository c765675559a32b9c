import { execFileSync } from 'node:child_process'
import { anyText } from '@initbox/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeFor, escapes } from './index.ts'

test.each([
  ['html', `<a href='x' title="y">&amp;</a>`, '&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;'],
  ['json', 'a"\\\n\u0001é', String.raw`a\"\\\n\u0001é`],
  ['shell', "it's $HOME `x`\n", "'it'\\''s $HOME `x`\n'"],
  ['shell', '', "''"],
  ['none', '<">\'', '<">\''],
] as const)('%s of %j', (name, value, escaped) => {
  expect(escapes[name](value)).toBe(escaped)
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
  ['nginx.conf', 'none'],
  ['html', 'none'],
])('%s asks for %s', (path, name) => {
  expect(escapeFor(path)).toBe(name)
})
