import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
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

test('at most 4,096 bytes, cut between characters', () => {
  const euros = written('€'.repeat(2_000))
  expect(euros).toBe(`${'€'.repeat(1_364)}…`)
  expect(written('x'.repeat(4_096))).toBe('x'.repeat(4_096))
  expect(written('x'.repeat(4_097))).toBe(`${'x'.repeat(4_093)}…`)
})

test('any long message is cut to whole characters, as many as fit', () => {
  fc.assert(
    fc.property(fc.constantFrom('a', 'é', '€', '😀'), fc.nat({ max: 8 }), (character, shift) => {
      const message = 'x'.repeat(shift) + character.repeat(4_200)
      const text = written(message)
      expect(text.endsWith('…')).toBe(true)
      expect(message.startsWith(text.slice(0, -1))).toBe(true)
      expect(Buffer.byteLength(text)).toBeGreaterThan(4_092)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096)
    }),
    { numRuns: 30 },
  )
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
