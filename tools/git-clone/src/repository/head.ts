import { readFileSync } from 'node:fs'

/** The commit that `HEAD` of a repository stands for, hexadecimal; undefined where that cannot be said. */
export function headOf(git: string): string | undefined {
  try {
    const head = readFileSync(`${git}/HEAD`, 'latin1').trim()
    const [, ref] = /^ref: (refs\/.+)$/.exec(head) ?? []
    return ref === undefined ? head : readFileSync(`${git}/${Buffer.from(ref, 'latin1').toString()}`, 'latin1').trim()
  } catch {
    return undefined
  }
}
