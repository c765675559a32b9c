import type { FileName } from '../files/migration.ts'

/**
 * How one tool names its files: what a name and that of its folder say, `'not run'` for a file that belongs to the layout and
 * is not for `up`, a refusal, or undefined where the name is not of this layout.
 */
export type Layout = (
  fileName: string,
  folderName?: string,
) => FileName | 'not run' | { readonly refused: string } | undefined
