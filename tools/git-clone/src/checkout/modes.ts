import { entryMode } from '../tree/mode.ts'

/** The permission bits of what is written. */
export type Modes = { readonly folder: number; readonly of: (mode: number) => number }

/** From the mode of a plain file: whoever may read an executable may run it, and whoever may read a file may enter its folder. */
export function modesFrom(file: number): Modes {
  const runnable = file | ((file & 0o444) >> 2)
  return {
    folder: 0o700 | (file & 0o022) | (file & 0o044) | ((file & 0o044) >> 2),
    of: (mode) => (mode === entryMode.executable ? runnable : file),
  }
}
