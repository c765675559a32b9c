import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withLock } from './lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initbox-lock-'))
  vi.stubEnv('INITBOX_CACHE', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('two users of one lock never overlap', async () => {
  const events: string[] = []
  const use = (name: string) =>
    withLock('one', async () => {
      events.push(`${name} in`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      events.push(`${name} out`)
    })
  await Promise.all([use('a'), use('b')])
  expect(events).toEqual(['a in', 'a out', 'b in', 'b out'])
})

test('a lock is free again after an error', async () => {
  await expect(withLock('one', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await withLock('one', async () => 'in')).toBe('in')
})

test('a killed process loses its lock', async () => {
  const script = `import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
    await withLock('one', () => { console.log('in'); return new Promise(resolve => setTimeout(resolve, 60_000)) })`
  const env = { ...process.env, INITBOX_CACHE: folder }
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    await once(holder.stdout, 'data')
    let entered = false
    const waiting = withLock('one', async () => (entered = true))
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(entered).toBe(false)
    holder.kill('SIGKILL')
    expect(await waiting).toBe(true)
  } finally {
    holder.kill('SIGKILL')
  }
})
