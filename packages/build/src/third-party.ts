import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, transform } from 'esbuild'
import { root } from './root.ts'

/** Stands in for a package that is asked for and never used. */
export const emptyModule = fileURLToPath(new URL('empty-module.cjs', import.meta.url))

/**
 * Makes the code of npm packages small; ours stays readable, since it is ours that stack traces are read for. Files of
 * packages that `replaced` names become a file of ours, given from the root of the repository.
 */
export function thirdParty(replaced: Readonly<Record<string, string>> = {}): Plugin {
  return {
    name: 'third-party',
    setup({ onLoad }) {
      onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
        const ours = replaced[path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length)]
        if (ours !== undefined) {
          return { contents: `module.exports = require(${JSON.stringify(join(root, ours))})`, resolveDir: root }
        }
        const source = await readFile(path, 'utf8')
        const { code } = await transform(source, { minify: true, legalComments: 'none', charset: 'ascii' })
        return { contents: code, loader: 'js' }
      })
    },
  }
}
