import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Script } from 'node:vm'

/** The real run that fills a code cache. `{port}` in an argument is a server on loopback that answers every request. */
export type WarmUp = { readonly argv: readonly string[]; readonly env?: Readonly<Record<string, string>> }

/**
 * Puts a V8 code cache beside a bundle: `<tool>.cjs` becomes a small loader, `<tool>.js` the code, and `<tool>.cache`
 * what V8 had compiled at the end of the run on this very Node. V8 checks the cache against its own version and flags
 * and the source's length; one that does not fit is skipped without a word. The same input gives the same bytes.
 */
export async function addCodeCache(file: string, code: string, warmUp: WarmUp): Promise<void> {
  const source = file.replace(/cjs$/, 'js')
  const cache = file.replace(/cjs$/, 'cache')
  const script = `(function (exports, require, module, __filename, __dirname) {${code.replace(/^#!.*\n/, '')}\n})`
  writeFileSync(source, script)
  writeFileSync(file, loader(basename(source), basename(cache), `__dirname + '/${basename(source)}'`), { mode: 0o755 })
  await fill(file, cache, warmUp)
  const bytes = withOwnFlags(readFileSync(cache))
  if (new Script(script, { cachedData: bytes }).cachedDataRejected !== false) throw new Error(`V8 refuses ${cache}`)
  writeFileSync(cache, bytes)
}

async function fill(file: string, cache: string, { argv, env }: WarmUp): Promise<void> {
  const maker = file.replace(/cjs$/, 'maker.cjs')
  const source = basename(file).replace(/cjs$/, 'js')
  // The cache keeps the script's name, though V8 takes the new one at load: the one in the image, wherever this is built.
  writeFileSync(maker, loader(source, basename(cache), `'/app/${source}'`) + keep(cache))
  const cwd = mkdtempSync(join(tmpdir(), 'initbox-code-cache-'))
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : ''
    // V8 draws the seed of its hash tables by chance, and with it the order of what it writes.
    const words = ['--hash-seed=1', maker, ...argv.map((word) => word.replaceAll('{port}', String(port)))]
    // How it ends does not matter: a run that fails early makes a smaller cache.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, words, { cwd, env: { ...env }, timeout: 30_000 }, () => resolve())
    })
  } finally {
    server.close()
    rmSync(maker)
    rmSync(cwd, { recursive: true })
  }
}

/**
 * The seed is a flag, and V8 refuses a cache that was made with other flags than its own; so the cache gets the hash of
 * this process's flags (SerializedCodeData in v8/src/snapshot/code-serializer.h: the fourth word).
 */
function withOwnFlags(cache: Buffer): Buffer {
  return Buffer.concat([cache.subarray(0, 12), new Script('').createCachedData().subarray(12, 16), cache.subarray(16)])
}

const loader = (source: string, cache: string, filename: string): string => `#!/nodejs/bin/node
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
function cached() { try { return readFileSync(__dirname + '/${cache}') } catch {} }
const script = new Script(readFileSync(__dirname + '/${source}', 'latin1'), { filename: ${filename}, cachedData: cached() })
script.runInThisContext()(exports, require, module, __filename, __dirname)
`

const keep = (cache: string): string => `
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(cache)}, script.createCachedData()))
`
