import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { useVolume } from '@initbox/testing'
import { afterAll, expect, test } from 'vitest'
import { start } from '../services/fetch-secret/process.ts'
import { asApp, runBundle } from './fetch-secret/bundle.ts'
import { type Answer, fakeVault, token } from './fetch-secret/fake-vault.ts'

useVolume()

/** Unique values, with characters that every encoding changes. */
const canaries = {
  'secret id': 'CANARY-secret-id-5c21',
  token,
  password: 'CANARY pass"word\\<&>é/+=%',
  pem: '-----BEGIN X-----\nCANARYpemCANARYpem0123456789\n-----END X-----\n',
  'AWS key': 'CANARYawsKey/0123456789+abcdefghijklmnop',
}

let searches = 0

/** Every form in which a value could have got out. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  const json = JSON.stringify(value).slice(1, -1)
  return [value, base64, bytes.toString('base64url'), encodeURIComponent(value), bytes.toString('hex'), json]
}

function searchFor(text: string, where: string): void {
  for (const [name, value] of Object.entries(canaries))
    for (const form of formsOf(value)) {
      searches++
      if (text.includes(form)) throw new Error(`${name} is in ${where}: ${text}`)
    }
}

/** What the run has left in the volume beside its outputs, by name and content. */
function searchVolume(outputs: readonly string[]): void {
  for (const name of readdirSync('.', { recursive: true, encoding: 'utf8' })) {
    searchFor(name, 'the name of a file')
    if (statSync(name).isFile() && !outputs.includes(name)) searchFor(readFileSync(name, 'latin1'), name)
  }
}

const secrets = {
  api: { password: canaries.password, pem: canaries.pem, bad: 'CANARY pass"word' },
  odd: { password: `${canaries.password}'$` },
}
const good = ['api-key=vault://secret/api#password', 'tls.pem=vault://secret/api#pem']

const status =
  (code: number, at: RegExp): Answer =>
  ({ url = '' }, response) => {
    if (!at.test(url)) return false
    // The worst server says what it knows.
    response.writeHead(code, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        errors: [`no ${canaries['secret id']} ${url.includes('/login') ? '' : token}`],
        data: { data: secrets.api },
      }),
    )
    return true
  }

const cut: Answer = ({ url = '' }, response) => {
  if (!url.includes('/data/')) return false
  response.writeHead(200, { 'content-length': '5000' }).write(`{"data":{"data":${JSON.stringify(secrets.api)}`)
  setTimeout(() => response.destroy(), 20)
  return true
}

const garbage: Answer = ({ url = '' }, response) => {
  if (!url.includes('/data/')) return false
  response.end(`${canaries.password} is no JSON {`)
  return true
}

const never: Answer = ({ url = '' }) => url.includes('/data/')

const debug = { LOG_LEVEL: 'debug', LOG_FORMAT: 'json' }
const quick = ['--timeout=600ms', '--attempt-timeout=300ms']

test.each<
  [name: string, words: readonly string[], answer: Answer | undefined, code: number, outputs?: readonly string[]]
>([
  ['all is well', good, undefined, 0, ['api-key', 'tls.pem']],
  ['403 at the login', good, status(403, /login/), 3],
  ['400 at the login', good, status(400, /login/), 3],
  ['403 at the secret', good, status(403, /\/data\//), 3],
  ['404', good, status(404, /\/data\//), 4],
  ['400', good, status(400, /\/data\//), 5],
  ['500', [...good, ...quick], status(500, /\/data\//), 124],
  ['a cut connection', [...good, ...quick], cut, 124],
  ['no JSON', good, garbage, 5],
  ['no answer', [...good, ...quick], never, 124],
  ['a key that is not there', ['k=vault://secret/api#nope'], undefined, 4],
  ['not base64', ['k=vault://secret/api#password&decode=base64'], undefined, 5],
  ['no dotenv', ['db.env=vault://secret/odd'], undefined, 5],
  ['no env-file', ['db.env=vault://secret/odd#format=env-file'], undefined, 5],
  ['a key of what is no JSON', ['k=vault://secret/api#/password/x'], undefined, 4],
  ['a bad template', ['k=vault://secret/api#template-file=template'], undefined, 5],
  ['a folder in the way', ['folder=vault://secret/api#password'], undefined, 6],
  ['a file where a folder should be', ['template/k=vault://secret/api#password'], undefined, 6],
])('%s leaks nothing', async (_, words, answer, code, outputs = []) => {
  mkdirSync('folder')
  writeFileSync('template', 'x=${password} ${pem} ${nope}')
  const address = await fakeVault(secrets, answer)
  const seen: string[] = []
  const ended = await runBundle(words, { ...asApp(address), ...debug }, (pid) => {
    for (const file of ['cmdline', 'comm', 'status'])
      try {
        seen.push(readFileSync(`/proc/${pid}/${file}`, 'latin1'))
      } catch {
        // It has ended already.
      }
  })
  expect(ended).toMatchObject({ code })
  searchFor(ended.said, 'the log')
  for (const text of seen) searchFor(text, 'what others see of the process')
  searchVolume(outputs)
})

test('a wrong CA, and SIGTERM at every stage, leak nothing', async () => {
  const raw = createServer((socket) => socket.on('error', () => {}).end('nonsense')).listen(0, '127.0.0.1')
  await new Promise((resolve) => raw.once('listening', resolve))
  const place = raw.address()
  const port = typeof place === 'object' ? place?.port : 0
  const tls = await runBundle([...good, ...quick], { ...asApp(`https://127.0.0.1:${port}`), ...debug })
  expect(tls.code).not.toBe(0)
  searchFor(tls.said, 'the log')
  raw.close()
  for (const stage of [/login/, /mounts/, /\/data\//, /revoke-self/]) {
    let kill: (signal: NodeJS.Signals) => void = () => {}
    const address = await fakeVault(secrets, ({ url = '' }) => {
      if (!stage.test(url)) return false
      kill('SIGTERM')
      return true
    })
    const ended = await runBundle(good, { ...asApp(address), ...debug }, (_, end) => (kill = end))
    expect([0, 143]).toContain(ended.code)
    searchFor(ended.said, 'the log')
    searchVolume(['api-key', 'tls.pem'])
  }
})

test('a full disk leaks nothing and leaves nothing; a volume in memory is one for --require-tmpfs', async (context) => {
  mkdirSync('small')
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', 'small'], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0) {
    if (process.env['CI']) throw new Error(`no tmpfs can be mounted here: ${mounted.stderr}`)
    context.skip(`no tmpfs can be mounted here: ${mounted.stderr}`)
  }
  try {
    const environment = { ...asApp(await fakeVault(secrets)), ...debug }
    const words = ['small/api-key=vault://secret/api#password', 'small/tls.pem=vault://secret/api#pem']
    const ended = await runBundle([...words, '--require-tmpfs'], environment)
    expect(ended).toMatchObject({ code: 6, said: expect.stringContaining('no space left') })
    searchFor(ended.said, 'the log')
    searchVolume([])
    expect(readdirSync('small')).toEqual([])
    expect(await runBundle([words[0] ?? '', '--require-tmpfs'], environment)).toMatchObject({ code: 0 })
  } finally {
    spawnSync('umount', ['small'])
  }
})

test('--require-tmpfs refuses a disk before anything is asked for', async () => {
  const words = ['/usr/k=vault://secret/api#password', '--require-tmpfs']
  const said = expect.stringContaining('/usr/k would not be in memory')
  expect(await runBundle(words, asApp('http://127.0.0.1:1'))).toMatchObject({ code: 2, said })
})

test('the stack of a crash leaks nothing', async () => {
  // What a bug would be: a value that is at hand, in an error that nobody expects.
  const crash =
    "require('node:fs').renameSync = (from) => { throw new TypeError('lost ' + require('node:fs').readFileSync(from)) }"
  writeFileSync('crash.cjs', crash)
  const environment = {
    ...asApp(await fakeVault(secrets)),
    ...debug,
    NODE_OPTIONS: `--require=${process.cwd()}/crash.cjs`,
  }
  const ended = await runBundle(good, environment)
  expect(ended).toMatchObject({ code: 1, said: expect.stringContaining('a bug in initbox') })
  expect(ended.said).toContain('[redacted]')
  searchFor(ended.said, 'the log')
})

test('--splay waits before the first request, and SIGTERM ends that', async () => {
  let asked = 0
  const address = await fakeVault(secrets, () => {
    asked++
    return false
  })
  const environment = { ...asApp(address), ...debug }
  const child = start([...good, '--splay=24h'], environment)
  await child.says(/the first request comes in .*, for --splay/)
  child.kill('SIGTERM')
  expect(await child.ended).toBe(143)
  expect(asked).toBe(0)
  expect(await runBundle([...good, '--splay=1ms'], environment)).toMatchObject({ code: 0 })
})

test('AWS credentials and secrets leak nothing when AWS says what it knows', async () => {
  const address = await fakeVault({}, (_, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message: `you are ${canaries['AWS key']}` }))
    return true
  })
  const aws = {
    AWS_ENDPOINT_URL: address,
    AWS_REGION: 'r',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: canaries['AWS key'],
  }
  const ended = await runBundle(['k=aws-sm://x'], { ...aws, ...debug })
  expect(ended.code).toBe(3)
  searchFor(ended.said, 'the log')
  await sleep(0)
})

afterAll(() => process.stdout.write(`canary: ${searches} searches, none of them found anything\n`))
