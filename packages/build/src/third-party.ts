import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Plugin, transform } from 'esbuild'

/** Stands in for a package that is asked for and never used. */
export const emptyModule = fileURLToPath(new URL('empty-module.cjs', import.meta.url))

/** Makes the code of npm packages small; ours stays readable, since it is ours that stack traces are read for. */
export const minifyThirdParty: Plugin = {
  name: 'minify-third-party',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const { code } = await transform(source, { minify: true, legalComments: 'none', charset: 'ascii' })
      return { contents: code, loader: 'js' }
    })
  },
}
