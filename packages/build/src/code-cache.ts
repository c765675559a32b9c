import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Script } from 'node:vm'
import { prepareWarmUp, type ReadyRun, type WarmUp } from './warm-up.ts'

/**
 * Puts a V8 code cache beside a bundle: `<tool>.cjs` becomes a small loader, `<tool>.js` the code, and `<tool>.cache`
 * what V8 had compiled at the end of the runs on this very Node. V8 checks the cache against its own version and flags
 * and the source's length; one that does not fit is skipped without a word. The same input gives the same bytes, however
 * busy the machine is (docs/decisions/0050).
 */
export async function addCodeCache(file: string, code: string, warmUps: readonly WarmUp[]): Promise<void> {
  const source = file.replace(/cjs$/, 'js')
  const cache = file.replace(/cjs$/, 'cache')
  const maker = file.replace(/cjs$/, 'maker.cjs')
  const script = `(function (exports, require, module, __filename, __dirname) {${code.replace(/^#!.*\n/, '')}\n})`
  // V8 reads a text of one byte a character faster; a code point above that needs the other one.
  const encoding = /[^\0-\x7f]/.test(script) ? 'utf8' : 'latin1'
  writeFileSync(source, script)
  writeFileSync(maker, makerOf(basename(source), cache, encoding))
  // Each run begins with what the runs before it had compiled, so the last one writes all of it.
  for (const warmUp of warmUps) await warm(maker, warmUp)
  rmSync(maker)
  const bytes = withOwnFlags(readFileSync(cache))
  if (new Script(script, { cachedData: bytes }).cachedDataRejected !== false) throw new Error(`V8 refuses ${cache}`)
  writeFileSync(cache, bytes)
  writeFileSync(file, loader(basename(source), basename(cache), encoding, sampleSum(bytes)), { mode: 0o755 })
}

async function warm(maker: string, warmUp: WarmUp): Promise<void> {
  await using ready = await prepareWarmUp(warmUp)
  if (warmUp.rerun === true) await run(maker, { ...ready, env: { ...ready.env, [unkept]: '1' } })
  await run(maker, ready)
}

/** One whole run; it must end well, or the cache would be of half a run. */
async function run(program: string, { argv, env, cwd }: Pick<ReadyRun, 'argv' | 'env' | 'cwd'>): Promise<void> {
  const words = [...steady, program, ...argv]
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, words, { cwd, env: { ...env }, timeout: 30_000 }, (error, _, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`the warm-up '${argv.join(' ')}' ended with ${error.code ?? error.signal}: ${stderr}`))
    })
  })
}

/**
 * What V8 leaves to chance or to the clock: the seed of its hash tables, and with it the order of what it writes; when a
 * garbage collection forgets what was compiled; and what other threads had done by then.
 */
const steady = ['--hash-seed=1', '--no-flush-bytecode', '--single-threaded']

/** Set for the run that only prepares the way of a second one. */
const unkept = 'INITBOX_CACHE_UNKEPT'

/**
 * Flags are part of what V8 compares, and it refuses a cache that was made with other flags than its own; so the cache gets the
 * hash of this process's flags (SerializedCodeData in v8/src/snapshot/code-serializer.h: the fourth word).
 */
function withOwnFlags(cache: Buffer): Buffer {
  return Buffer.concat([cache.subarray(0, 12), new Script('').createCachedData().subarray(12, 16), cache.subarray(16)])
}

/** The sum of every 64th word: all that can be had in 0.1 ms, and enough to see a block that a disk lost. */
function sampleSum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at + 4 <= bytes.length; at += 256) sum = (sum + bytes.readInt32LE(at)) | 0
  return sum
}

const loader = (source: string, cache: string, encoding: string, sum: number): string => `#!/app/start
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
function cached() {
  try {
    const bytes = readFileSync(__dirname + '/${cache}')
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    let sum = 0
    for (let at = 0; at < words.length; at += 64) sum = (sum + words[at]) | 0
    if (sum === ${sum}) return bytes
  } catch {}
}
const filename = __dirname + '/${source}'
const script = new Script(readFileSync(filename, '${encoding}'), { filename, cachedData: cached() })
script.runInThisContext()(exports, require, module, __filename, __dirname)
`

/**
 * The program whose runs fill the cache. It keeps the script's name, though V8 takes the new one at load: the one in the
 * image, wherever this is built. Its clock stands still, and no timer is ever due: or else a tool that says on a slow
 * machine what it is waiting for would have that compiled too.
 */
const makerOf = (source: string, cache: string, encoding: string): string => `'use strict'
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const timers = require('node:timers/promises')
const { Script } = require('node:vm')
const { setTimeout, setInterval } = globalThis
const never = 2 ** 31 - 1
globalThis.setTimeout = (use, ms, ...rest) => setTimeout(use, ms > 1 ? never : ms, ...rest)
globalThis.setInterval = (use, ms, ...rest) => setInterval(use, never, ...rest)
const { setTimeout: sleep } = timers
timers.setTimeout = (ms, ...rest) => sleep(ms > 1 ? never : ms, ...rest)
const now = performance.now()
performance.now = () => now
Date.now = () => 1e12
const cache = ${JSON.stringify(cache)}
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const script = new Script(readFileSync(__dirname + '/${source}', '${encoding}'), { filename: '/app/${source}', cachedData })
if (process.env.${unkept} === undefined) process.on('exit', () => writeFileSync(cache, script.createCachedData()))
delete process.env.${unkept}
script.runInThisContext()(exports, require, module, __filename, __dirname)
`
