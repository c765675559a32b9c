import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dockerdPid, stopDockerd } from '@initbox/engine/dockerd'
import { otherDockerd } from '@initbox/engine/other-dockerd'
import { isAlive } from '@initbox/engine/living-process'

// Where Docker is a service of the system or of a desktop, nothing is ever started, and there is nothing to test.
const mayStart = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/sbin/dockerd')

// A network namespace of its own is a must: a second dockerd would take docker0 and the firewall rules from the first.
const hidden = '[ ! -S /var/run/docker.sock ] || mount --bind /dev/null /var/run/docker.sock; exec "$0" "$@"'

let cache = ''
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'initbox-engine-'))))
afterEach(async () => {
  await stopDockerd(join(cache, 'engine'))
  rmSync(cache, { recursive: true })
})

/** Runs a script that may use `withDockerEngine` and `print` where no engine answers. */
function onBareMachine(script: string, more: Record<string, string> = {}, namespaces = ['--mount', '--net']) {
  const setup = join(import.meta.dirname, '../../packages/engine/src/docker-engine.ts')
  const prelude = `import { withDockerEngine } from ${JSON.stringify(setup)}; const print = line => process.stdout.write(line + '\\n');`
  const node = [process.execPath, '--input-type=module', '--eval', prelude + script]
  const { DOCKER_HOST: _engine, ...environment } = process.env
  return spawn('unshare', [...namespaces, 'sh', '-c', hidden, ...node], {
    env: { ...environment, INITBOX_CACHE: cache, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const untilInterrupted = `await withDockerEngine(async ({ ours, signal }) => {
  print('ours: ' + ours)
  await new Promise(resolve => { const life = setTimeout(resolve, 60_000); signal.onabort = () => resolve(clearTimeout(life)) })
})`

test.runIf(mayStart)('where no engine answers, one is started, and ended with what used it', async () => {
  const user = onBareMachine(`
    const { execFileSync } = await import('node:child_process')
    await withDockerEngine(async () => print(String(execFileSync('docker', ['info', '--format', '{{.DockerRootDir}}']))))`)
  const ended = once(user, 'close')
  const [line] = await once(user.stdout, 'data')
  expect(String(line).trim()).toBe(join(cache, 'engine/data'))
  expect(await ended).toEqual([0, null])
  expect(dockerdPid(join(cache, 'engine'))).toBeUndefined()
})

test.runIf(mayStart)('who wants it keeps it, and is told how to reach it', async () => {
  const user = onBareMachine('await withDockerEngine(async () => {})', { INITBOX_KEEP_ENGINE: '1' })
  const said = text(user.stderr)
  expect(await once(user, 'close')).toEqual([0, null])
  expect(await said).toContain(`export DOCKER_HOST=unix://${cache}/engine/docker.sock; it goes on`)
  expect(isAlive(dockerdPid(join(cache, 'engine')) ?? 0)).toBe(true)
})

test.runIf(mayStart)('Ctrl-C ends the engine too', async () => {
  const user = onBareMachine(untilInterrupted)
  const ended = once(user, 'close')
  const [line] = await once(user.stdout, 'data')
  expect(String(line)).toBe('ours: true\n')
  const engine = dockerdPid(join(cache, 'engine')) ?? 0
  expect(isAlive(engine)).toBe(true)
  user.kill('SIGINT')
  expect(await ended).toEqual([130, null])
  expect(isAlive(engine)).toBe(false)
})

test.runIf(mayStart)('an engine whose user was killed is ended by the next user', async () => {
  const killed = onBareMachine(untilInterrupted)
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  const engine = dockerdPid(join(cache, 'engine')) ?? 0
  expect(isAlive(engine)).toBe(true)
  const next = onBareMachine(`await withDockerEngine(async ({ ours }) => print('ours: ' + ours))`)
  expect(await once(next, 'close')).toEqual([0, null])
  expect(isAlive(engine)).toBe(false)
})

test.runIf(mayStart && otherDockerd(cache) !== undefined)(
  'none is started beside a dockerd that runs but does not answer',
  async () => {
    const script = `await withDockerEngine(async () => {}).catch(error => print(error.name + ': ' + error.message))`
    const user = onBareMachine(script, {}, ['--mount'])
    const [line] = await once(user.stdout, 'data')
    expect(String(line)).toMatch(/^NoDockerEngine: dockerd runs as process \d+ but does not answer/)
    expect(dockerdPid(join(cache, 'engine'))).toBeUndefined()
  },
)
