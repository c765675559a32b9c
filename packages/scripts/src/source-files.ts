import { globSync } from 'node:fs'
import { root } from '@initbox/build'

/** All TypeScript files of ours, relative to the checkout's top; found without git, which a bare machine lacks. */
export function sourceFiles(): string[] {
  return globSync('{packages,tools,images,test,examples}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist'],
  })
}
