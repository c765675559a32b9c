import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeTerminationMessage } from './termination.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'termination-'))
  path = join(folder, 'termination-log')
})

afterEach(() => rmSync(folder, { recursive: true }))

function written(message: string): string {
  writeFileSync(path, 'the message of the run before this one')
  writeTerminationMessage(message, path)
  return readFileSync(path, 'utf8')
}

test('the message takes the place of an older one, on one line, without control characters', () => {
  expect(written('wrote ip.txt')).toBe('wrote ip.txt')
  expect(written('server said:\n  no\u001b[31m')).toBe('server said: no\\u001b[31m')
})

test('at most 1,000 bytes, and the hint stays', () => {
  expect(written('x'.repeat(1_000))).toBe('x'.repeat(1_000))
  const message = written(`cannot start: ${'€'.repeat(2_000)} (hint: ask)`)
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1_000)
  expect(message).toMatch(/^cannot start: €+ \[…\] \(hint: ask\)$/)
})

test('no file is made where the kubelet mounted none', () => {
  writeTerminationMessage('done', path)
  expect(existsSync(path)).toBe(false)
})

test('never through a symlink', () => {
  const target = join(folder, 'target')
  writeFileSync(target, 'precious')
  symlinkSync(target, path)
  writeTerminationMessage('done', path)
  expect(readFileSync(target, 'utf8')).toBe('precious')
})

test.each([
  ['a pipe that nobody reads', (at: string) => spawnSync('mkfifo', [at])],
  ['a folder', (at: string) => mkdirSync(at)],
])('%s in its place neither holds it up nor fails', (_, make) => {
  make(path)
  const before = statSync(path).mode
  writeTerminationMessage('done', path)
  expect(statSync(path).mode).toBe(before)
})
