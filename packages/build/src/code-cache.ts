import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * Puts a V8 code cache beside a bundle: `<tool>.cjs` becomes a small loader, `<tool>.js` the code, and `<tool>.cache`
 * what V8 had compiled at the end of a real run with `argv` on this very Node. V8 checks the cache against its own
 * version and flags and the source; one that does not fit is skipped without a word.
 */
export function addCodeCache(file: string, code: string, argv: readonly string[]): void {
  const source = file.replace(/cjs$/, 'js')
  const cache = file.replace(/cjs$/, 'cache')
  const maker = file.replace(/cjs$/, 'maker.cjs')
  writeFileSync(source, code.replace(/^#!.*\n/, ''))
  writeFileSync(file, loader(basename(source), basename(cache)), { mode: 0o755 })
  writeFileSync(maker, `${loader(basename(source), basename(cache))}${keep(cache)}`)
  // How the run ends does not matter, only what it compiled on the way.
  spawnSync(process.execPath, [maker, ...argv], { env: {}, stdio: 'ignore', timeout: 30_000 })
  rmSync(maker)
  if (!existsSync(cache)) throw new Error(`the run that should make ${cache} did not get to its end`)
}

const loader = (source: string, cache: string): string => `#!/nodejs/bin/node
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
function cached() { try { return readFileSync(__dirname + '/${cache}') } catch {} }
const code = '(function (exports, require, module, __filename, __dirname) {' + readFileSync(__dirname + '/${source}', 'latin1') + '\\n})'
const script = new Script(code, { filename: __dirname + '/${source}', cachedData: cached() })
script.runInThisContext()(exports, require, module, __filename, __dirname)
`

const keep = (cache: string): string => `
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(cache)}, script.createCachedData()))
`
