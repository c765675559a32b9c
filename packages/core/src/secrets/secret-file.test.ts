import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSecretFile } from './secret-file.ts'

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
  expect(readSecretFile(path)).toBe(expected)
})

test('through the symlinks of a Secret volume', () => {
  mkdirSync(join(folder, '..2026'))
  writeFileSync(join(folder, '..2026', 'token'), 'hunter2')
  symlinkSync('..2026', join(folder, '..data'))
  symlinkSync('..data/token', path)
  expect(readSecretFile(path)).toBe('hunter2')
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
  expect(() => readSecretFile(path)).toThrow(message.replace('PATH', path))
})
