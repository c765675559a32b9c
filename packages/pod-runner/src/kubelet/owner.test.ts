import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { currentOwner, isGone } from './owner.ts'

const ownerOf = (pid: number | undefined): string => currentOwner().replace(/-\d+-\w*/, `-${pid}-0`)

test('this program is there', () => {
  expect(isGone(currentOwner())).toBe(false)
})

test('a program that has ended is gone, and one that only has its process id is another', async () => {
  expect(isGone(ownerOf(spawnSync(process.execPath, ['-e', '0']).pid))).toBe(true)
  const child = spawn('sleep', ['100'])
  expect(isGone(ownerOf(child.pid))).toBe(true)
  child.kill()
  await once(child, 'exit')
})

test('what was made on another machine, or by something else, is left alone', () => {
  expect(isGone(currentOwner().replace(/^\w+/, 'elsewhere'))).toBe(false)
  expect(isGone('')).toBe(false)
  expect(isGone('text')).toBe(false)
})
