import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dockerdPid, engineVersion, socketOf, startDockerd, stopDockerd } from '../setup/dockerd.ts'
import { isAlive } from '../setup/living-process.ts'

// Where Docker is a service of the system or of a desktop, nothing is ever started, and there is nothing to test.
const mayStart = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/sbin/dockerd')
/** Neither networks nor firewall rules: those belong to the engine that runs the other tests. */
const isolated = ['--bridge=none', '--iptables=false', '--ip6tables=false']

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'initbox-engine-'))))
afterEach(async () => {
  await stopDockerd(folder)
  rmSync(folder, { recursive: true })
})

test.runIf(mayStart)('an engine of our own answers at its socket and ends without a trace', async () => {
  const version = await startDockerd(folder, isolated)
  expect(await engineVersion(socketOf(folder))).toBe(version)
  const pid = dockerdPid(folder) ?? 0
  expect(isAlive(pid)).toBe(true)
  await stopDockerd(folder)
  expect(isAlive(pid)).toBe(false)
  expect(await engineVersion(socketOf(folder))).toBeUndefined()
})

test.runIf(mayStart)('one that cannot start says why', async () => {
  await expect(startDockerd(folder, ['--no-such-flag'])).rejects.toThrow(/dockerd did not start[^]*no-such-flag/)
})
