import { readFileSync } from 'node:fs'

/** What the runs of these tests publish together. */
export const names = ['a', 'b', 'c'] as const

const lines = 2000

/** About 20 kB, all of one tag, so that a part or a mixture shows. */
export function textOf(tag: string): string {
  return `${tag}\n`.repeat(lines)
}

/** The tag of a whole text; throws for a part or a mixture. */
export function tagOf(path: string): string {
  const text = readFileSync(path, 'utf8')
  const tag = text.slice(0, text.indexOf('\n'))
  if (text !== textOf(tag))
    throw new Error(`${path} is not whole: ${text.length} characters, starts with '${text.slice(0, 20)}'`)
  return tag
}
