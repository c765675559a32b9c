import { readText } from '@initbox/core'

/** The commit that `HEAD` of a repository stands for, hexadecimal; undefined where that cannot be said. */
export function headOf(git: string): string | undefined {
  const read = (name: string): string => readText(`${git}/${name}`, { limit: 4_096 }).trim()
  try {
    const head = read('HEAD')
    const [, ref] = /^ref: (refs\/.+)$/.exec(head) ?? []
    return ref === undefined ? head : read(ref)
  } catch {
    return undefined
  }
}
