import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NotFoundError, RefusedError, UsageError } from '../errors/errors.ts'
import { asInputError, decodeText, isText, readBytes, readInputFile, readText } from './input-file.ts'

let folder = ''
const at = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'input-file-'))
  mkdirSync(at('volume'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([0, 1, 4_095, 4_096, 4_097, 3_000_000])('reads %i bytes and the mode', (size) => {
  const bytes = Buffer.alloc(size, 'abc')
  writeFileSync(at('file'), bytes)
  chmodSync(at('file'), 0o640)
  const file = readInputFile(at('file'), { limit: size })
  expect(file.bytes.equals(bytes)).toBe(true)
  expect(file.mode).toBe(0o640)
})

test('refuses one byte more than the limit', () => {
  writeFileSync(at('file'), 'abcd')
  expect(() => readInputFile(at('file'), { limit: 3 })).toThrow(
    new RefusedError(`cannot read ${at('file')}: it is larger than 3 B`),
  )
})

test.skipIf(process.platform !== 'linux')('reads files of /proc, which say that they are empty', () => {
  expect(readInputFile('/proc/self/status', { limit: 100_000 }).bytes.toString()).toContain('Pid:')
})

test('a file that is not there is not found', () => {
  expect(() => readInputFile(at('none'), { limit: 1 })).toThrow(
    new NotFoundError(`cannot read ${at('none')}: there is no such file`, {
      hint: `${folder} holds volume`,
      fields: { path: at('none') },
    }),
  )
})

test('a folder and a pipe are not files, and a pipe does not hang', () => {
  execFileSync('mkfifo', [at('pipe')])
  for (const name of ['volume', 'pipe']) {
    expect(() => readInputFile(at(name), { limit: 1 })).toThrow(
      new UsageError(`cannot read ${at(name)}: it is not a file`, { fields: { path: at(name) } }),
    )
  }
})

test('symlinks are followed inside the folder, as those of a ConfigMap, and not out of it', () => {
  mkdirSync(at('volume/..2026'))
  writeFileSync(at('volume/..2026/key'), 'value')
  symlinkSync('..2026', at('volume/..data'))
  symlinkSync('..data/key', at('volume/key'))
  expect(readInputFile(at('volume/key'), { limit: 9, within: at('volume') }).bytes.toString()).toBe('value')

  writeFileSync(at('secret'), 'x')
  writeFileSync(at('volume-2'), 'x')
  symlinkSync('../secret', at('volume/out'))
  for (const name of ['volume/out', 'volume/../secret', 'volume-2']) {
    expect(() => readInputFile(at(name), { limit: 9, within: at('volume') })).toThrow(
      new RefusedError(`cannot read ${at(name)}: it leads out of ${at('volume')}`),
    )
  }
})

test.each(['', 'é😀\n', '\uFEFFx'])('%j is text', (text) => {
  expect(isText(Buffer.from(text))).toBe(true)
  expect(decodeText(Buffer.from(text), 'f')).toBe(text)
})

test.each([
  ['NUL', [0x61, 0x00]],
  ['Latin-1', [0xe9]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
])('%s is not text', (_, bytes) => {
  expect(isText(Buffer.from(bytes))).toBe(false)
  expect(() => decodeText(Buffer.from(bytes), 'f')).toThrow(
    new RefusedError('cannot read f: it is not UTF-8 text', { hint: 'save it as UTF-8' }),
  )
})

test('text is read without its byte order mark, and messages name the option', () => {
  writeFileSync(at('file'), '\ufeffhé')
  expect(readText(at('file'), { limit: 9 })).toBe('hé')
  expect(readBytes(at('file'), { limit: 9 })).toHaveLength(6)
  writeFileSync(at('file'), Buffer.of(0xe9))
  const settings = { limit: 9, option: '--config' }
  expect(() => readText(at('file'), settings)).toThrow(`cannot read ${at('file')} (--config): it is not UTF-8 text`)
  expect(() => readText(at('none'), settings)).toThrow(`cannot read ${at('none')} (--config): there is no such file`)
})

test.each([
  ['EMFILE', 'too many open files'],
  ['ENFILE', 'too many open files on this node'],
])('%s is told in words', (code, words) => {
  const error = Object.assign(new Error(`${code}: system words, scandir 'f'`), { code })
  expect(asInputError('f', error)).toMatchObject({ exitCode: 2, message: `cannot read f: ${words}` })
})
