import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { isThisProcess, shortHash, stateOf, thisOwner } from './owner.ts'
import { parseStagingName, stagingName } from './staging-name.ts'

test('this process is alive and recognises itself in its staging names', () => {
  const name = stagingName('long', 'some name')
  const staging = parseStagingName(name)
  expect(staging).toEqual({ entry: name, kind: 'long', owner: thisOwner(), destination: shortHash('some name') })
  expect(stateOf(thisOwner())).toBe('alive')
  expect(isThisProcess(thisOwner())).toBe(true)
})

test('a process of another process table is unknown, whatever runs here under its pid', () => {
  expect(stateOf({ ...thisOwner(), table: 'another' })).toBe('unknown')
})

test.runIf(process.platform === 'linux')('a killed process that nobody has waited for is dead', async () => {
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => {
    parent.kill()
  })
  const [pid] = await once(parent.stdout, 'data')
  const stat = () =>
    readFileSync(`/proc/${Number(pid)}/stat`, 'latin1')
      .split(') ')[1]
      ?.split(' ') ?? []
  while (stat()[0] !== 'Z') await setTimeout(5)
  const start = Number(stat()[19]).toString(36)
  expect(stateOf({ ...thisOwner(), pid: Number(pid), start })).toBe('dead')
})
