import { RefusedError } from '@initbox/core'

/** What is read of a commit. */
export type Commit = {
  /** The id of its tree, hexadecimal. */
  readonly tree: string
  /** When it was committed, in seconds since 1970. */
  readonly time: number
  /** The first line of its message. */
  readonly subject: string
}

/** Parses a commit (git-commit-tree). Throws RefusedError for one without a tree. */
export function parseCommit(bytes: Buffer): Commit {
  const text = bytes.toString('utf8')
  const [, tree] = /^tree ([\da-f]{40})\n/.exec(text) ?? []
  if (tree === undefined) throw new RefusedError('a commit names no tree')
  const body = text.indexOf('\n\n')
  const head = body === -1 ? text : text.slice(0, body)
  const [, time = '0'] = /^committer .*> (\d{1,12}) [+-]\d{4}$/m.exec(head) ?? []
  const subject =
    body === -1
      ? ''
      : (text
          .slice(body + 2)
          .split('\n')
          .find((line) => line.trim() !== '') ?? '')
  return { tree, time: Number(time), subject: subject.trim() }
}

/** The id of the object that an annotated tag names, hexadecimal. Throws RefusedError when there is none. */
export function taggedObject(bytes: Buffer): string {
  const [, id] = /^object ([\da-f]{40})\n/.exec(bytes.toString('latin1', 0, 48)) ?? []
  if (id === undefined) throw new RefusedError('a tag names no object')
  return id
}
