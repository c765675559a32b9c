import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin, transform } from 'esbuild'
import { root } from './root.ts'
import type { Ship } from './ship.ts'

/** Stands in for a module that is asked for and never used. */
const emptyModule = fileURLToPath(new URL('empty-module.cjs', import.meta.url))

/**
 * Makes the code of npm packages small; ours stays readable, since it is ours that stack traces are read for. Modules and files
 * of packages that a tool names in its ship.ts become a file of ours. Our own code writes `node:tls`, so `tls` is a package's word.
 * `shaken` is told what is inside of modules called `*.shaken.mjs`.
 */
export function thirdParty(
  ship: Pick<Ship, 'unused' | 'aliases' | 'replaced' | 'esbuild'>,
  shaken: (inputs: Metafile['outputs'][string]['inputs']) => void,
  isNested = false,
): Plugin {
  const { unused = [], aliases = {}, replaced = {}, esbuild = {} } = ship
  const ours = new Map([
    ...unused.map((name): [string, string] => [name, emptyModule]),
    ...Object.entries(aliases).map(([name, file]): [string, string] => [name, join(root, file)]),
  ])
  return {
    name: 'third-party',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        const file = ours.get(path)
        return file === undefined ? undefined : { path: file }
      })
      // What is loaded when it is asked for is bundled whole; a module that only names what is used of packages is made small first.
      onLoad({ filter: /\.shaken\.mjs$/ }, async ({ path }) => {
        if (isNested) return undefined
        const { metafile, outputFiles } = await build({
          ...esbuild,
          entryPoints: [path],
          bundle: true,
          format: 'esm',
          platform: 'node',
          target: 'node24',
          charset: 'ascii',
          legalComments: 'none',
          treeShaking: true,
          minify: true,
          plugins: [thirdParty(ship, shaken, true)],
          metafile: true,
          write: false,
        })
        for (const { inputs } of Object.values(metafile.outputs)) shaken(inputs)
        return { contents: outputFiles[0]?.text ?? '', loader: 'js' }
      })
      onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
        const file = replaced[withinPackages(path)]
        if (file !== undefined) {
          return { contents: `module.exports = require(${JSON.stringify(join(root, file))})`, resolveDir: root }
        }
        const source = await readFile(path, 'utf8')
        const { code } = await transform(source, { minify: true, legalComments: 'none', charset: 'ascii' })
        return { contents: code, loader: 'js' }
      })
    },
  }
}

/** Whether a file of a package, by its path in esbuild's metafile, is one that the tool has a file of ours for. */
export function isReplaced(path: string, { replaced = {} }: Pick<Ship, 'replaced'>): boolean {
  return path.includes('node_modules/') && Object.hasOwn(replaced, withinPackages(path))
}

function withinPackages(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
