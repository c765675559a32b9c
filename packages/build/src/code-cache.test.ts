import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCodeCache } from './code-cache.ts'

const code = `#!/nodejs/bin/node
class Greeting {
  #name
  constructor(name) { this.#name = name }
  toString() { return 'hello, ' + this.#name }
}
function fail() { throw new Error('on purpose') }
if (process.argv[2] === 'fail') fail()
console.log(String(new Greeting(process.argv[2])), require('node:path').basename(__filename))
`

let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'initbox-code-cache-test-'))))
afterEach(() => rmSync(folder, { recursive: true }))

async function build(name: string, source = code, ...words: readonly string[]): Promise<string> {
  mkdirSync(join(folder, name))
  const warmUps = ['warm-up', ...words].map((word) => ({ label: '', argv: [word] }))
  await addCodeCache(join(folder, name, 'tool.cjs'), source, warmUps)
  return join(folder, name)
}

const cacheOf = (bundle: string): string => readFileSync(join(bundle, 'tool.cache'), 'latin1')

const run = (bundle: string, word: string) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(bundle, 'tool.cjs'), word], { encoding: 'utf8' })
  return { stdout, stderr, status }
}

test('a fresh process of the same Node takes the cache, and what the warm-up called is compiled in it', async () => {
  const bundle = await build('a')
  const look = `
    const { readFileSync } = require('node:fs')
    const { Script } = require('node:vm')
    const script = new Script(readFileSync('tool.js', 'latin1'), { cachedData: readFileSync('tool.cache') })
    console.log(script.cachedDataRejected)`
  expect(execFileSync(process.execPath, ['-e', look], { cwd: bundle, encoding: 'utf8' })).toBe('false\n')
  expect(cacheOf(bundle)).toContain('hello, ')
  expect(cacheOf(bundle)).not.toContain('on purpose')
})

test('the loader gives V8 the cache, and V8 takes it', async () => {
  const bundle = await build('a')
  const spy = join(folder, 'spy.cjs')
  writeFileSync(
    spy,
    `const vm = require('node:vm')
    vm.Script = class extends vm.Script {
      constructor(...all) { super(...all); console.log(this.cachedDataRejected) }
    }`,
  )
  const words = ['--require', spy, join(bundle, 'tool.cjs'), 'Ann']
  expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toBe('false\nhello, Ann tool.cjs\n')
})

test('what any of several runs called is compiled in it', async () => {
  const two = `${code}\nfunction second() { console.log('of the second') }\nif (process.argv[2] === 'two') second()`
  expect(cacheOf(await build('one', two))).not.toContain('of the second')
  const both = cacheOf(await build('both', two, 'two', 'warm-up'))
  expect(both).toContain('of the second')
  expect(both).toContain('hello, ')
})

test('what a run called that changes flags of V8 is kept by the runs after it', async () => {
  const flag = `require('node:v8').setFlagsFromString('--semi-space-growth-factor=1')`
  const two = `${code}\nfunction second() { ${flag}; console.log('of the second') }\nif (process.argv[2] === 'two') second()`
  expect(cacheOf(await build('both', two, 'two', 'warm-up'))).toContain('of the second')
})

test('a Node that is too old is told so', async () => {
  const bundle = await build('old')
  const old = join(folder, 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`)
  const words = ['--require', old, join(bundle, 'tool.cjs'), 'Ann']
  expect(spawnSync(process.execPath, words, { encoding: 'utf8' })).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^error: tool needs Node 22.15 or newer, and this is v\d/),
  })
})

describe('a part', () => {
  const parts = [{ name: 'rare', code: 'exports.greet = () => "rare greetings"; exports.main = typeof loadPart' }]
  const asking = `${code}\nif (process.argv[2] === 'rare') console.log(loadPart('rare').greet(), loadPart('rare').main)`

  async function withPart(...words: readonly string[]): Promise<string> {
    mkdirSync(join(folder, 'a'))
    const warmUps = ['warm-up', ...words].map((word) => ({ label: '', argv: [word] }))
    await addCodeCache(join(folder, 'a', 'tool.cjs'), asking, warmUps, parts)
    return join(folder, 'a')
  }

  test('is in a file and a cache of its own, which only those read who ask for it', async () => {
    const bundle = await withPart('rare')
    expect(readdirSync(bundle).toSorted()).toEqual(
      ['tool.cache', 'tool.cjs', 'tool.js', 'tool.rare.cache', 'tool.rare.js'].toSorted(),
    )
    expect(cacheOf(bundle)).not.toContain('rare greetings')
    expect(readFileSync(join(bundle, 'tool.rare.cache'), 'latin1')).toContain('rare greetings')
    expect(run(bundle, 'rare').stdout).toBe('hello, rare tool.cjs\nrare greetings undefined\n')
    rmSync(join(bundle, 'tool.rare.js'))
    expect(run(bundle, 'Ann')).toEqual({ stdout: 'hello, Ann tool.cjs\n', stderr: '', status: 0 })
  })

  test('goes on without a cache that is damaged', async () => {
    const bundle = await withPart('rare')
    writeFileSync(join(bundle, 'tool.rare.cache'), '')
    expect(run(bundle, 'rare')).toMatchObject({ stderr: '', status: 0 })
  })

  test('that no run asks for stops the build', async () => {
    await expect(withPart()).rejects.toThrow('no warm-up in ship.ts loads tool.rare')
  })
})

test('a run that does not end well stops the build with its words', async () => {
  await expect(build('a', code, 'fail')).rejects.toThrow(/the warm-up 'fail' ended with 1: .*on purpose/s)
})

test('a text that is not all ASCII is read as what it is', async () => {
  const bundle = await build('a', code.replace('hello, ', '你好, '))
  expect(run(bundle, 'Ann').stdout).toBe('你好, Ann tool.cjs\n')
})

test('two builds give the same bytes, wherever they are made', async () => {
  const [a, b] = [await build('a'), await build('elsewhere')]
  for (const file of ['tool.cjs', 'tool.js', 'tool.cache']) {
    expect(readFileSync(join(a, file), 'latin1')).toBe(readFileSync(join(b, file), 'latin1'))
  }
})

test('a busy machine makes the same bytes: what only a slow run calls is in no cache', async () => {
  const slow = `${code}
function late() { console.log('by the timer') }
function passed() { console.log('by the clock') }
const began = Date.now()
const timer = setTimeout(late, 20)
for (let turn = 0; turn < 5e6; turn++) if (Date.now() - began > 10) { passed(); break }
setImmediate(() => setImmediate(() => clearTimeout(timer)))`
  const quiet = cacheOf(await build('quiet', slow))
  const burners = Array.from({ length: 3 * availableParallelism() }, () => spawn(process.execPath, ['-e', 'for(;;){}']))
  try {
    for (const name of ['b', 'c', 'd']) expect(cacheOf(await build(name, slow))).toBe(quiet)
  } finally {
    for (const each of burners) each.kill('SIGKILL')
  }
  expect(quiet).not.toMatch(/by the (timer|clock)/)
})

test.each<[string, (cache: string) => void]>([
  ['is not there', (cache) => rmSync(cache)],
  ['is empty', (cache) => writeFileSync(cache, '')],
  ['is cut short', (cache) => writeFileSync(cache, readFileSync(cache).subarray(0, 600))],
  [
    'has a damaged header',
    (cache) => writeFileSync(cache, Buffer.concat([Buffer.alloc(16, 7), readFileSync(cache).subarray(16)])),
  ],
  [
    'has one bit flipped, in a text',
    (cache) => {
      const bytes = readFileSync(cache)
      const at = bytes.indexOf('hello, ')
      expect(at).toBeGreaterThan(0)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      writeFileSync(cache, bytes)
    },
  ],
  [
    'lost a block',
    (cache) => {
      const bytes = readFileSync(cache)
      writeFileSync(cache, bytes.fill(0, 1024, 1536))
    },
  ],
  [
    'is of another source',
    (cache) => writeFileSync(cache.replace(/cache$/, 'js'), `${readFileSync(cache.replace(/cache$/, 'js'), 'utf8')}\n`),
  ],
])('a cache that %s is skipped without a word', async (_, spoil) => {
  const bundle = await build('a')
  spoil(join(bundle, 'tool.cache'))
  expect(run(bundle, 'Ann')).toEqual({ stdout: 'hello, Ann tool.cjs\n', stderr: '', status: 0 })
})

test('a stack trace names functions and lines of the bundle', async () => {
  const bundle = await build('a')
  const { stderr, status } = run(bundle, 'fail')
  expect(stderr).toContain(`Error: on purpose\n    at fail (${bundle}/tool.js:6:25)`)
  expect(status).toBe(1)
})
