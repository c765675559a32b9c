import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

async function build(name: string): Promise<string> {
  mkdirSync(join(folder, name))
  await addCodeCache(join(folder, name, 'tool.cjs'), code, [{ label: '', argv: ['warm-up'] }])
  return join(folder, name)
}

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
  const cache = readFileSync(join(bundle, 'tool.cache'), 'latin1')
  expect(cache).toContain('hello, ')
  expect(cache).not.toContain('on purpose')
})

test('two builds give the same bytes, wherever they are made', async () => {
  const [a, b] = [await build('a'), await build('elsewhere')]
  for (const file of ['tool.cjs', 'tool.js', 'tool.cache']) {
    expect(readFileSync(join(a, file), 'latin1')).toBe(readFileSync(join(b, file), 'latin1'))
  }
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
