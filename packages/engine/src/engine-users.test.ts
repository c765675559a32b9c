import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { enter, leave } from './engine-users.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'initbox-users-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('the only user is the last to leave', () => {
  enter(folder)
  expect(leave(folder)).toBe('last')
})

test('a living process keeps the engine, a dead one does not', async () => {
  const other = spawn('sleep', ['60'])
  writeFileSync(join(folder, String(other.pid)), '')
  enter(folder)
  expect(leave(folder)).toBe('others remain')
  other.kill()
  await once(other, 'exit')
  enter(folder)
  expect(leave(folder)).toBe('last')
})
