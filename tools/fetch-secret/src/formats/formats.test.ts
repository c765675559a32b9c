import { execFileSync } from 'node:child_process'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyText } from '@initbox/testing'
import { parseJson, type JsonObject } from '../secret/json.ts'
import { formats } from './index.ts'

const fields = (text: string) => ({ kind: 'fields', fields: parseJson(text) as JsonObject }) as const
const written = (name: keyof typeof formats, text: string): string => String(formats[name](fields(text), 'vault://x'))

describe('formats', () => {
  test.each<[keyof typeof formats, string, string]>([
    [
      'json',
      '{"b":1.10,"a":12345678901234567890,"n":null}',
      '{\n  "b": 1.10,\n  "a": 12345678901234567890,\n  "n": null\n}\n',
    ],
    [
      'dotenv',
      '{"A":"plain","B":"two words","C":"it\'s","D":1e3,"E":true,"F":{"x":[1]}}',
      `A=plain\nB='two words'\nC="it's"\nD=1e3\nE=true\nF='{"x":[1]}'\n`,
    ],
    ['env-file', '{"A":"a\\nb $x \\"","b-c":"\\\\"}', "A='a\nb $x \"'\nb-c='\\'\n"],
    ['properties', '{"a b":" x=é\\n"}', 'a\\ b=\\ x=\\u00e9\\n\n'],
  ])('%s of %s', (name, text, expected) => expect(written(name, text)).toBe(expected))

  test.each<[keyof typeof formats, string, string]>([
    ['dotenv', '{"A":"a\'b$c"}', 'vault://x: A has quotes or backslashes that readers'],
    ['dotenv', '{"a-b":"x"}', 'vault://x: "a-b" is no name for a variable'],
    ['dotenv', '{"A":null}', 'vault://x: "A" is null'],
    ['env-file', '{"A":"it\'s"}', 'vault://x: A holds a single quote'],
    ['env-file', '{"A=B":"x"}', 'vault://x: "A=B" is no key that fileKeyRef takes'],
    ['env-file', `{"A":"${'x'.repeat(32_769)}"}`, 'vault://x: A is longer than the 32 KiB'],
    ['pem', '{"a":"x"}', 'vault://x has no certificate'],
    ['raw', '{"a":"x"}', 'vault://x has several values'],
  ])('%s refuses %s and quotes no value', (name, text, message) => expect(() => written(name, text)).toThrow(message))

  test('what dotenv writes, a shell and Node read alike', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const text = dotenvOf(value)
        // Node reads carriage returns as line ends.
        const comparable = text !== undefined && !value.includes('\r')
        expect(comparable ? parseEnv(text)['V'] : value).toBe(value)
      }),
      { numRuns: 5_000 },
    )
    for (const value of ["it's", 'a b', '$x `y` "z"', 'a\nb', 'back\\slash', '#no', '!']) {
      const text = String(formats.dotenv({ kind: 'fields', fields: { V: value } }, 'x'))
      expect(execFileSync('sh', ['-c', `${text}printf %s "$V"`], { encoding: 'utf8' })).toBe(value)
    }
  })
})

/** Undefined where the format refuses it. */
function dotenvOf(value: string): string | undefined {
  try {
    return String(formats.dotenv({ kind: 'fields', fields: { V: value } }, 'x'))
  } catch {
    return undefined
  }
}
