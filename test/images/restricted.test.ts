import { expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { inBase, offline, ownThings, restricted, runImage, startInBase, untilLogged } from './engine.ts'

const own = ownThings()

/** What a tool left in a volume, read by another container as in a Pod. */
function readVolume(volume: string, file: string): Promise<string> {
  return inBase(`process.stdout.write(fs.readFileSync('/init/${file}'))`, [...offline, '-v', `${volume}:/init:ro`])
}

test('write-pod-ip writes into a fresh volume as a UID that has no name', async () => {
  const volume = own.volume()
  const result = await runImage(
    'initbox/write-pod-ip:dev',
    ['--out', 'ip.txt'],
    [...offline, '-v', `${volume}:/init`, '-e', 'POD_IP=10.1.2.3'],
  )
  expect(result).toMatchObject({ code: 0 })
  expect((await readVolume(volume, 'ip.txt')).trim()).toBe('10.1.2.3')
})

test('render-template reads what another UID wrote and replaces its file on a second run', async () => {
  const volume = own.volume()
  const render = (user: string, who: string) =>
    runImage(
      'initbox/render-template:dev',
      ['--template', '<p>Hello, ${WHO}!</p>', '--out', 'page.html'],
      [...offline, '--user', user, '-v', `${volume}:/init`, '-e', `WHO=${who}`],
    )
  expect(await render('12345:0', 'first')).toMatchObject({ code: 0 })
  expect(await render('54321:0', 'second')).toMatchObject({ code: 0 })
  expect((await readVolume(volume, 'page.html')).trim()).toBe('<p>Hello, second!</p>')
})

test('prepare-volume works as any UID with a read-only root, and names fsGroup where it may not change the owner', async () => {
  const volume = own.volume()
  const prepare = (...argv: string[]) =>
    runImage('initbox/prepare-volume:dev', argv, [...offline, '--user', '12345:0', '-v', `${volume}:/init`])
  expect(await prepare('--folder', 'cache:0770', '--file', 'cache/ready', '--writable')).toMatchObject({ code: 0 })
  expect(await prepare('--folder', 'cache:0770')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('nothing to do'),
  })
  const denied = await prepare('--folder', 'cache', '--owner', '1000:1000')
  expect(denied).toMatchObject({ code: 6, stderr: expect.stringContaining('securityContext: {fsGroup: 1000') })
})

test('a tool without a volume cannot write to a read-only root: exit 6', async () => {
  const result = await runImage('initbox/write-pod-ip:dev', ['--out', 'ip.txt'], [...offline, '-e', 'POD_IP=10.1.2.3'])
  expect(result).toMatchObject({ code: 6 })
})

test('wait-for reaches a service by its name on a network of containers', async () => {
  const network = await own.network()
  const server = own.container()
  const listen = "require('node:net').createServer((s) => s.end()).listen(7000, () => console.log('listening'))"
  await startInBase(server, listen, ['--network', network])
  await untilLogged(server)
  const result = await runImage(
    'initbox/wait-for:dev',
    [`tcp://${server}:7000`, '--timeout', '30s'],
    [...restricted, '--network', network],
  )
  expect(result).toMatchObject({ code: 0 })
})

test('the name of the tool is a command, as in `command: ["wait-for", …]`', async () => {
  const result = await runImage(
    'initbox/wait-for:dev',
    ['--timeout', '200ms', 'tcp://127.0.0.1:1'],
    [...offline, '--entrypoint', 'wait-for'],
  )
  expect(result).toMatchObject({ code: 124 })
})

test('SIGTERM ends PID 1 with 143 long before the engine kills it', async () => {
  const container = own.container()
  const flags = ['run', '-d', '--name', container, ...offline, 'initbox/wait-for:dev']
  await mustRun('docker', [...flags, '--timeout', '5m', 'tcp://127.0.0.1:1'])
  await untilLogged(container)
  await mustRun('docker', ['stop', '--time', '10', container])
  // 137 would be the engine's SIGKILL after 10 s.
  expect(await mustRun('docker', ['inspect', '--format', '{{.State.ExitCode}}', container])).toBe('143')
})

test('a tool that is not told what to do says so and writes nothing', async () => {
  const result = await run('docker', ['run', '--rm', ...offline, 'initbox/wait-for:dev'])
  expect(result).toMatchObject({ code: 2, stdout: '' })
  expect(result.stderr).toMatch(/target/i)
})

test('NODE_OPTIONS of a shared envFrom is not for a tool', async () => {
  const flags = [...offline, '--env', 'NODE_OPTIONS=--require /nowhere --bogus']
  expect(await runImage('initbox/wait-for:dev', ['--version'], flags)).toMatchObject({ code: 0, stderr: '' })
  const byName = [...flags, '--entrypoint', 'wait-for']
  expect(await runImage('initbox/wait-for:dev', ['--version'], byName)).toMatchObject({ code: 0, stderr: '' })
})
