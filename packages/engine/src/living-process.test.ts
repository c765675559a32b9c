import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { endProcess, isAlive } from './living-process.ts'

test('a running process is alive, and gone once it was ended', async () => {
  const child = spawn('sleep', ['60'])
  const { pid } = child
  if (pid === undefined) throw new Error('sleep did not start')
  expect(isAlive(pid)).toBe(true)
  const ended = once(child, 'exit')
  await endProcess(pid, 5_000)
  expect(isAlive(pid)).toBe(false)
  expect(await ended).toEqual([null, 'SIGTERM'])
})

test('one that ignores SIGTERM is killed after the grace period', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'])
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  await endProcess(child.pid ?? 0, 200)
  expect(await ended).toEqual([null, 'SIGKILL'])
})
