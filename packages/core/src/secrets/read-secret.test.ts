import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NotFoundError } from '../errors/errors.ts'
import { readSecret, requireSecret, secretIn } from './read-secret.ts'
import { Redactor } from './redactor.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-file-'))
  path = join(folder, 'token')
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  ['hunter2', 'hunter2'],
  ['hunter2\n', 'hunter2'],
  ['hunter2\r\n', 'hunter2'],
  ['hunter2\n\n', 'hunter2\n'],
  ['two\nlines\n', 'two\nlines'],
  [' hunter2 ', ' hunter2 '],
  ['pässwört', 'pässwört'],
  ['x'.repeat(2 ** 20), 'x'.repeat(2 ** 20)],
])('%.20j is read without its last line end', (content, expected) => {
  writeFileSync(path, content)
  expect(readSecret(path)).toBe(expected)
})

test('through the symlinks of a Secret volume', () => {
  mkdirSync(join(folder, '..2026'))
  writeFileSync(join(folder, '..2026', 'token'), 'hunter2')
  symlinkSync('..2026', join(folder, '..data'))
  symlinkSync('..data/token', path)
  expect(readSecret(path)).toBe('hunter2')
})

test.each([
  ['a missing file', () => {}, 'cannot read PATH: there is no such file'],
  ['a folder', () => mkdirSync(path), 'cannot read PATH: it is not a file'],
  ['a pipe that nobody writes', () => void spawnSync('mkfifo', [path]), 'cannot read PATH: it is not a file'],
  ['an empty file', () => writeFileSync(path, ''), 'PATH is empty'],
  ['nothing but a line end', () => writeFileSync(path, '\r\n'), 'PATH is empty'],
  ['a binary file', () => writeFileSync(path, Buffer.of(0xff, 0xfe)), 'cannot read PATH: it is not UTF-8 text'],
  ['more than 1 MiB', () => writeFileSync(path, 'x'.repeat(2 ** 20 + 1)), 'cannot read PATH: it is larger than 1 MB'],
])('%s is refused', (_, make, message) => {
  make()
  expect(() => readSecret(path)).toThrow(message.replace('PATH', path))
})

test('a message names what named the file', () => {
  expect(() => readSecret(path, 'TOKEN_FILE')).toThrow(NotFoundError)
  expect(() => readSecret(path, 'TOKEN_FILE')).toThrow(`cannot read ${path} (TOKEN_FILE): there is no such file`)
})

test('a variable and a file lose their last line end alike', () => {
  writeFileSync(path, 'hunter2\n')
  const redactor = new Redactor()
  expect(secretIn('T', { T: 'hunter2\n' }, redactor)?.reveal()).toBe('hunter2')
  expect(secretIn('T', { T_FILE: path }, redactor)?.reveal()).toBe('hunter2')
  expect(redactor.redact('it is hunter2')).toBe('it is [redacted]')
})

test.each([
  [{ T: 'a', T_FILE: 'b' }, 'T and T_FILE are both given'],
  [{}, 'neither $T nor $T_FILE is set'],
  [{ T: '' }, '$T is set but empty'],
  [{ T_FILE: '' }, '$T is set but empty'],
])('%j is no secret', (environment: Record<string, string>, message) => {
  expect(() => requireSecret('T', environment, new Redactor())).toThrow(message)
})
