import { realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin, transform } from 'esbuild'
import type { Part } from './code-cache.ts'
import { root } from './root.ts'
import type { Ship } from './ship.ts'

/** Stands in for a module that is asked for and never used. */
const emptyModule = fileURLToPath(new URL('empty-module.cjs', import.meta.url))

/**
 * Makes the code of npm packages small; ours stays readable, since it is ours that stack traces are read for. Modules and files
 * of packages that a tool names in its ship.ts become a file of ours. Our own code writes `node:tls`, so `tls` is a package's word.
 * An alias that is called `NAME.part.mjs`, and only names what is used of packages, becomes a part with a file and a code cache of its
 * own, loaded when it is first asked for (docs/decisions/0072); `onPart` gets it, with what is inside.
 */
export function thirdParty(
  ship: Pick<Ship, 'unused' | 'aliases' | 'replaced' | 'esbuild'>,
  onPart?: (part: Part, inputs: Metafile['outputs'][string]['inputs']) => void,
): Plugin {
  const { unused = [], aliases = {}, replaced = {}, esbuild = {} } = ship
  const ours = new Map([
    ...unused.map((name): [string, string] => [name, emptyModule]),
    // pnpm's folders are symlinks, and what a package asks for lies beside the real one.
    ...Object.entries(aliases).map(([name, file]): [string, string] => [name, realpathSync(join(root, file))]),
  ])
  return {
    name: 'third-party',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        const file = ours.get(path)
        if (file === undefined) return undefined
        const part = /([^/]+)\.part\.mjs$/.exec(file)?.[1]
        return part === undefined || onPart === undefined
          ? { path: file }
          : { path: part, namespace: 'part', pluginData: file }
      })
      onLoad({ filter: /^/, namespace: 'part' }, async ({ path: name, pluginData: file }) => {
        const { metafile, outputFiles } = await build({
          ...esbuild,
          entryPoints: [String(file)],
          bundle: true,
          format: 'cjs',
          platform: 'node',
          target: 'node24',
          charset: 'ascii',
          legalComments: 'none',
          treeShaking: true,
          minify: true,
          plugins: [thirdParty(ship)],
          metafile: true,
          write: false,
        })
        for (const { inputs } of Object.values(metafile.outputs))
          onPart?.({ name, code: outputFiles[0]?.text ?? '' }, inputs)
        return { contents: `module.exports = loadPart(${JSON.stringify(name)})`, loader: 'js' }
      })
      onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
        const file = replaced[withinPackages(path)]
        if (file !== undefined) {
          return { contents: `module.exports = require(${JSON.stringify(join(root, file))})`, resolveDir: root }
        }
        const source = await readFile(path, 'utf8')
        const { code } = await transform(source, { minify: true, legalComments: 'none', charset: 'ascii' })
        return { contents: inAscii(code), loader: 'js' }
      })
    },
  }
}

/**
 * esbuild escapes all that is not ASCII but in regular expressions, where the same escapes mean the same. One such character
 * and V8 keeps two bytes for each of a whole bundle: 4 ms of a start. A file with `String.raw` is left
 * alone: that one sees the very text.
 */
function inAscii(code: string): string {
  if (code.includes('String.raw`')) return code
  return code.replaceAll(/[^\0-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Whether a file of a package, by its path in esbuild's metafile, is one that the tool has a file of ours for. */
export function isReplaced(path: string, { replaced = {} }: Pick<Ship, 'replaced'>): boolean {
  return path.includes('node_modules/') && Object.hasOwn(replaced, withinPackages(path))
}

function withinPackages(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
