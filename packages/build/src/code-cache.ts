import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { prepareWarmUp, type ReadyRun, type WarmUp } from './warm-up.ts'

/** Code that is loaded when it is first asked for, by `loadPart(name)` in the code of the bundle (third-party.ts). */
export type Part = { readonly name: string; readonly code: string }

/** One script of a bundle: its name without ending, beside the loader, and how its file is read. */
type Piece = { readonly name: string; readonly encoding: 'latin1' | 'utf8' }

/**
 * Puts a V8 code cache beside a bundle: `<tool>.cjs` becomes a small loader, `<tool>.js` the code, and `<tool>.cache`
 * what V8 had compiled at the end of the runs on this very Node; each part has such a pair of its own, `<tool>.<part>.*`.
 * V8 checks the cache against its own version and flags and the source's length; one that does not fit is skipped without
 * a word. The same input gives the same bytes, however busy the machine is (docs/decisions/0050).
 */
export async function addCodeCache(
  file: string,
  code: string,
  warmUps: readonly WarmUp[],
  parts: readonly Part[] = [],
): Promise<void> {
  const folder = dirname(file)
  const tool = basename(file, '.cjs')
  const maker = join(folder, `${tool}.maker.cjs`)
  const main = writeScript(folder, tool, code.replace(/^#!.*\n/, ''), ['exports', ...given, 'loadPart'])
  const others = parts.map((part) => writeScript(folder, `${tool}.${part.name}`, part.code, ['exports', ...given]))
  writeFileSync(maker, makerOf(main, others))
  // Each run begins with what the runs before it had compiled, so the last one writes all of it.
  for (const warmUp of warmUps) await warm(maker, warmUp)
  rmSync(maker)
  const [sum = 0, ...sums] = [main, ...others].map(({ name }) => finishCache(folder, name))
  writeFileSync(
    file,
    loader(
      { ...main, sum },
      others.map((each, at) => ({ ...each, sum: sums[at] ?? 0 })),
    ),
    { mode: 0o755 },
  )
}

/** What Node gives to a CommonJS module beside its exports. */
const given = ['require', 'module', '__filename', '__dirname']

function writeScript(folder: string, name: string, code: string, names: readonly string[]): Piece {
  const script = `(function (${names.join(', ')}) {${code}\n})`
  // V8 reads a text of one byte a character faster; a code point above that needs the other one.
  const encoding = /[^\0-\x7f]/.test(script) ? 'utf8' : 'latin1'
  writeFileSync(join(folder, `${name}.js`), script)
  return { name, encoding }
}

/** Makes a cache that the runs have written one that V8 takes; returns its sum. */
function finishCache(folder: string, name: string): number {
  const cache = join(folder, `${name}.cache`)
  if (!existsSync(cache)) throw new Error(`no warm-up in ship.ts loads ${name}, so it would start slowly`)
  const bytes = withOwnFlags(readFileSync(cache))
  const script = readFileSync(join(folder, `${name}.js`), 'utf8')
  if (new Script(script, { cachedData: bytes }).cachedDataRejected !== false) throw new Error(`V8 refuses ${cache}`)
  writeFileSync(cache, bytes)
  return crc32(bytes)
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

type Summed = Piece & { readonly sum: number }

/**
 * The CRC is taken by Node's binding to zlib: loading `node:zlib` for it costs 2 ms and more, this 0.15. A Node without
 * that binding goes without a cache, as one does that throws at it (`--permission`). A Node that is too old would end with
 * what looks like a bug of ours.
 */
const loader = (main: Summed, parts: readonly Summed[]): string => `#!/initbox/start
'use strict'
if (parseInt(process.versions.node) < 22) {
  process.stderr.write('error: ${main.name} needs Node 22.15 or newer, and this is ' + process.version + ' (hint: its image has the right one)\\n')
  process.exit(2)
}
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
function cached(name, expected) {
  try {
    const bytes = readFileSync(__dirname + '/' + name + '.cache')
    if (process.binding('zlib').crc32(bytes, 0) === expected) return bytes
  } catch {}
}
function load(name, encoding, sum) {
  const filename = __dirname + '/' + name + '.js'
  const script = new Script(readFileSync(filename, encoding), { filename, cachedData: cached(name, sum) })
  return script.runInThisContext()
}
${loadingOf(parts.map(({ name, encoding, sum }) => [name, encoding, sum]))}
load('${main.name}', '${main.encoding}', ${main.sum})(exports, require, module, __filename, __dirname, loadPart)
`

/** `loadPart`, which gives what the part exports; the bundle asks once for each. */
const loadingOf = (parts: readonly (readonly [name: string, ...how: readonly unknown[]])[]): string => {
  if (parts.length === 0) return 'const loadPart = undefined'
  const table = parts.map(([name, ...how]) => [name.slice(name.indexOf('.') + 1), [name, ...how]] as const)
  return `const parts = ${JSON.stringify(Object.fromEntries(table))}
function loadPart(name) {
  const module = { exports: {} }
  load(...parts[name])(module.exports, require, module, __filename, __dirname)
  return module.exports
}`
}

/**
 * The program whose runs fill the caches. It keeps the scripts' names, though V8 takes the new one at load: the one in the
 * image, wherever this is built. Its clock stands still, and no timer is ever due: or else a tool that says on a slow
 * machine what it is waiting for would have that compiled too.
 */
const makerOf = (main: Piece, parts: readonly Piece[]): string => `'use strict'
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
// What the tool itself tells V8 changes the hash of its flags, and the next run would refuse the cache.
const flags = new Script('').createCachedData().subarray(12, 16)
const isKept = process.env.${unkept} === undefined
delete process.env.${unkept}
function load(name, encoding) {
  const cache = __dirname + '/' + name + '.cache'
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
  const script = new Script(readFileSync(__dirname + '/' + name + '.js', encoding), { filename: '/app/' + name + '.js', cachedData })
  if (script.cachedDataRejected) throw new Error('V8 refuses what the run before has written')
  if (isKept)
    process.on('exit', () => {
      const bytes = script.createCachedData()
      bytes.set(flags, 12)
      writeFileSync(cache, bytes)
    })
  return script.runInThisContext()
}
${loadingOf(parts.map(({ name, encoding }) => [name, encoding]))}
load('${main.name}', '${main.encoding}')(exports, require, module, __filename, __dirname, loadPart)
`
