import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Script } from 'node:vm'
import { prepareWarmUp, type ReadyRun, type WarmUp } from './warm-up.ts'

/**
 * Puts a V8 code cache beside a bundle: `<tool>.cjs` becomes a small loader, `<tool>.js` the code, and `<tool>.cache`
 * what V8 had compiled at the end of the runs on this very Node. V8 checks the cache against its own version and flags
 * and the source's length; one that does not fit is skipped without a word. The same input gives the same bytes.
 */
export async function addCodeCache(file: string, code: string, warmUps: readonly WarmUp[]): Promise<void> {
  const source = file.replace(/cjs$/, 'js')
  const cache = file.replace(/cjs$/, 'cache')
  const script = `(function (exports, require, module, __filename, __dirname) {${code.replace(/^#!.*\n/, '')}\n})`
  // V8 reads a text of one byte a character faster; a code point above that needs the other one.
  const encoding = /[^\0-\x7f]/.test(script) ? 'utf8' : 'latin1'
  const load = (filename: string): string => loader(basename(source), basename(cache), encoding, filename)
  writeFileSync(source, script)
  writeFileSync(file, load(`__dirname + '/${basename(source)}'`), { mode: 0o755 })
  // The cache keeps the script's name, though V8 takes the new one at load: the one in the image, wherever this is built.
  const maker = file.replace(/cjs$/, 'maker.cjs')
  writeFileSync(maker, load(`'/app/${basename(source)}'`) + keep(cache))
  // Each run begins with what the runs before it had compiled, so the last one writes all of it.
  for (const warmUp of warmUps) await warm(maker, warmUp)
  rmSync(maker)
  const bytes = withOwnFlags(readFileSync(cache))
  if (new Script(script, { cachedData: bytes }).cachedDataRejected !== false) throw new Error(`V8 refuses ${cache}`)
  writeFileSync(cache, bytes)
}

async function warm(maker: string, warmUp: WarmUp): Promise<void> {
  await using ready = await prepareWarmUp(warmUp)
  if (warmUp.rerun === true) await run(maker.replace(/maker\.cjs$/, 'cjs'), ready)
  await run(maker, ready)
}

/** One whole run; it must end well, or the cache would be of half a run. */
async function run(program: string, { argv, env, cwd }: ReadyRun): Promise<void> {
  // V8 draws the seed of its hash tables by chance, and with it the order of what it writes.
  const words = ['--hash-seed=1', program, ...argv]
  const options = { cwd, env: { ...env }, timeout: 30_000 }
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, words, options, (error, _, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`the warm-up '${argv.join(' ')}' ended with ${error.code}: ${stderr}`))
    })
  })
}

/**
 * The seed is a flag, and V8 refuses a cache that was made with other flags than its own; so the cache gets the hash of
 * this process's flags (SerializedCodeData in v8/src/snapshot/code-serializer.h: the fourth word).
 */
function withOwnFlags(cache: Buffer): Buffer {
  return Buffer.concat([cache.subarray(0, 12), new Script('').createCachedData().subarray(12, 16), cache.subarray(16)])
}

const loader = (source: string, cache: string, encoding: string, filename: string): string => `#!/nodejs/bin/node
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
function cached() { try { return readFileSync(__dirname + '/${cache}') } catch {} }
const script = new Script(readFileSync(__dirname + '/${source}', '${encoding}'), { filename: ${filename}, cachedData: cached() })
script.runInThisContext()(exports, require, module, __filename, __dirname)
`

const keep = (cache: string): string => `
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(cache)}, script.createCachedData()))
`
