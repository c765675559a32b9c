import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NotFoundError, parseRelativePath, UsageError } from '@initbox/core'
import { readConfig } from './read-config.ts'
import { jsonSchema, type Shape, shape } from './shape.ts'

const copy = shape.map({
  from: shape.of('path', parseRelativePath),
  when: shape.or(shape.enum(['absent', 'changed', 'always']), 'changed'),
  count: shape.optional(shape.integer({ min: 1, max: 9 })),
})
const short = (text: string) => ({ from: parseRelativePath(text), when: 'changed' as const, count: undefined })
const config = shape.map({
  copies: shape.or(shape.list(shape.shorthand(short, copy)), []),
  labels: shape.optional(shape.record(shape.text)),
  pause: shape.optional(shape.duration),
  fresh: shape.or(shape.boolean, false),
})

function problemOf(given: string, of: Shape<unknown> = config): string {
  try {
    readConfig(given, of)
    return ''
  } catch (error) {
    return error instanceof UsageError ? error.message : `not a UsageError: ${String(error)}`
  }
}

test('YAML becomes checked values, and a text is what stands there', () => {
  const yaml = `
# a comment
copies:
  - a/b
  - {from: 007, when: always, count: 3}
  - from: &x c
labels: {version: 1.10, mode: 0750, on: yes, empty: "", again: *x, multi: "two\\nlines"}
pause: 1m30s
fresh: True
`
  expect(readConfig(yaml, config)).toEqual({
    copies: [
      { from: 'a/b', when: 'changed', count: undefined },
      { from: '007', when: 'always', count: 3 },
      { from: 'c', when: 'changed', count: undefined },
    ],
    labels: { version: '1.10', mode: '0750', on: 'yes', empty: '', again: 'c', multi: 'two\nlines' },
    pause: 90_000,
    fresh: true,
  })
})

test.each(['{"copies": ["a"]}', 'copies: [a]', 'copies:\n- a\nlabels:\npause: ~\n'])(
  '%j is taken for YAML',
  (given) => {
    expect(readConfig(given, config)).toMatchObject({ copies: [{ from: 'a' }] })
  },
)

test('all problems are told at once, each with its line and path', () => {
  const yaml = `copies:
  - {form: a}
  - {from: /etc, when: sometimes, count: 10}
  - [a]
labels: [a]
pause: 12
fresh: true
pause: 1s
colour: red
`
  expect(problemOf(yaml)).toBe(
    'the YAML of --config: 10 problems: ' +
      'line 2, column 5: copies[0].from is missing; line 2, column 6: copies[0].form is unknown, did you mean from?; ' +
      'line 3, column 12: copies[1].from must be relative to the volume, not absolute; ' +
      'line 3, column 24: copies[1].when must be one of absent, changed, always; line 3, column 42: copies[1].count must be from 1 to 9; ' +
      'line 4, column 5: copies[2] must be a map; line 5, column 9: labels must be a map; ' +
      'line 6, column 8: pause must be a duration such as 500ms, 30s, 5m or 1h30m; ' +
      'line 8, column 1: pause is given twice; line 9, column 1: colour is unknown, known are copies, labels, pause, fresh',
  )
})

test.each([
  ['a: [1\n', 'the YAML of --config: no YAML at line 2, column 1: deficient indentation'],
  ['a: 1\n---\na: 2\n', 'the YAML of --config: it holds more than one document'],
  ['# nothing\n', 'the YAML of --config is empty'],
  ['- a\n', 'the YAML of --config: line 1, column 1: it must be a map'],
  ['? [a]\n: b\n', 'the YAML of --config: line 1, column 3: a key must be text'],
  ['copies: *none\n', 'the YAML of --config: '],
  ['copies: [[[[[[[[[\n', 'the YAML of --config: no YAML'],
])('%j is refused', (yaml, message) => {
  expect(problemOf(yaml)).toContain(message)
})

test('no value is ever quoted: it may be a password in the wrong place', () => {
  const secret = fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '_', '!', 'é'), minLength: 6 })
  const of = shape.list(shape.map({ pause: shape.duration, mode: shape.enum(['x']), n: shape.integer(), from: copy }))
  fc.assert(
    fc.property(secret, (value) => {
      const text = JSON.stringify(value)
      const message = problemOf(`- {pause: ${text}, mode: ${text}, n: ${text}, from: ${text}}\n`, of)
      expect(message).toMatch(/4 problems/)
      expect(message).not.toContain(value)
    }),
  )
  expect(problemOf('pause: "hunter2\n')).not.toContain('hunter2')
})

test('a file: missing is exit 4 with a hint, a pipe and bytes that are no text are refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'))
  const path = join(folder, 'config.yaml')
  const read = () => readConfig(path, config, { option: '--config (X_CONFIG)' })
  expect(read).toThrow(NotFoundError)
  expect(read).toThrow(`cannot read ${path} (--config (X_CONFIG)): there is no such file`)
  writeFileSync(path, 'fresh: true')
  expect(read()).toMatchObject({ fresh: true })
  writeFileSync(path, 'fresh: 1')
  expect(read).toThrow(new UsageError(`${path}: line 1, column 8: fresh must be true or false`))
  writeFileSync(path, Buffer.of(0x61, 0x3a, 0xff))
  expect(read).toThrow('it is not UTF-8 text')
  rmSync(path)
  spawnSync('mkfifo', [path])
  expect(read).toThrow('it is not a file')
  rmSync(folder, { recursive: true })
})

test('a document whose aliases multiply is refused, not read for ever', () => {
  const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`)
  const nested = (depth: number): Shape<unknown> => (depth === 0 ? shape.text : shape.list(nested(depth - 1)))
  const fields = Object.fromEntries(Array.from({ length: 13 }, (_, level) => [`l${level}`, nested(level)]))
  expect(problemOf(`l0: &l0 a\n${levels.join('\n')}\n`, shape.map(fields))).toContain('more than 200000 values')
})

test('any text is a configuration or a sentence that explains why not', () => {
  const text = fc.string({ unit: fc.constantFrom(...'copies: -[]{}&*!|>\'"#,\n\t ~?%@`a1'), maxLength: 60 })
  fc.assert(
    fc.property(text, (yaml) => {
      expect(problemOf(`${yaml}\n`)).not.toMatch(/^not a UsageError/)
    }),
    { numRuns: 2_000 },
  )
})

test('a shape describes itself for editors', () => {
  expect(jsonSchema(copy, 'a copy')).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'a copy',
    type: 'object',
    properties: {
      from: { type: ['string', 'number', 'boolean'] },
      when: { enum: ['absent', 'changed', 'always'] },
      count: { type: 'integer', minimum: 1, maximum: 9 },
    },
    additionalProperties: false,
    required: ['from'],
  })
})
