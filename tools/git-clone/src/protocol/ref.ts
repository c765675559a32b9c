import { RefusedError } from '@initbox/core'

/** A name for an object. Ids are hexadecimal. */
export type Ref = {
  readonly id: string
  readonly name: string
  /** The commit of an annotated tag. */
  readonly peeled: string | undefined
  /** The branch that `HEAD` stands for, where the server says it. */
  readonly target?: string | undefined
}

const hex = /^[\da-f]{40}$/

/** A line of the old protocol: `<id> <name>`, and `<id> <name>^{}` for what an annotated tag points to. */
export function parseAdvertisedRef(line: string): {
  readonly id: string
  readonly name: string
  readonly peels: boolean
} {
  const [, id = '', name = ''] = /^([\da-f]+) (.+)$/s.exec(line) ?? []
  checkId(id, line)
  checkName(name)
  return name.endsWith('^{}') && name !== 'capabilities^{}'
    ? { id, name: name.slice(0, -3), peels: true }
    : { id, name, peels: false }
}

/** A line of the answer to `ls-refs` (gitprotocol-v2): `<id> <name> symref-target:<name> peeled:<id>`. */
export function parseListedRef(line: string): Ref {
  const [id = '', name = '', ...attributes] = line.split(' ')
  if (id !== 'unborn') checkId(id, line)
  checkName(name)
  const attribute = (word: string): string | undefined =>
    attributes.find((each) => each.startsWith(word))?.slice(word.length)
  const peeled = attribute('peeled:')
  if (peeled !== undefined) checkId(peeled, line)
  return { id, name, peeled, target: attribute('symref-target:') }
}

function checkId(id: string, line: string): void {
  if (hex.test(id)) return
  if (/^[\da-f]{64}$/.test(id)) throw new RefusedError('the repository uses SHA-256, which is not supported yet')
  throw new RefusedError(`the server sent a line that is no ref: ${JSON.stringify(line.slice(0, 80))}`)
}

/** What git-check-ref-format forbids most of all. */
function checkName(name: string): void {
  if (name !== '' && !/[\p{Cc} ]/u.test(name)) return
  throw new RefusedError(
    `the server sent a ref with control characters in its name: ${JSON.stringify(name.slice(0, 80))}`,
  )
}
