import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pullImage } from './image-registry.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initbox-registry-'))
  vi.stubEnv('INITBOX_CACHE', folder)
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A docker command that notes what it was asked and then does what the script says. */
function fakeDocker(script: string): { asked: () => string } {
  const log = join(folder, 'asked')
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho "$@" >> '${log}'\n${script}\n`)
  chmodSync(join(folder, 'docker'), 0o755)
  return { asked: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') }
}

test('a registry that answers is asked each time', async () => {
  const docker = fakeDocker('echo "7: Pulling from library/redis"')
  expect(await pullImage('redis:7')).toBe(true)
  expect(await pullImage('nats:2')).toBe(true)
  expect(docker.asked()).toBe('pull redis:7\npull nats:2\n')
})

test('a registry that refuses is not asked again soon', async () => {
  const docker = fakeDocker('exit 1')
  expect(await pullImage('redis:7')).toBe(false)
  expect(await pullImage('nats:2')).toBe(false)
  expect(docker.asked()).toBe('pull redis:7\n')
})

test('one that stays silent is given up', async () => {
  fakeDocker('exec sleep 60')
  expect(await pullImage('redis:7', 300)).toBe(false)
})

test('one that has begun to answer may take its time', async () => {
  fakeDocker('echo "7: Pulling from library/redis"; sleep 2.5')
  expect(await pullImage('redis:7', 2_000)).toBe(true)
})
