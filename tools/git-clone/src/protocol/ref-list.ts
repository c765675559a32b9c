import { RefusedError } from '@initbox/core'
import type { Ref } from './ref.ts'

/** More refs than any repository has; a server that sends more of them would do so for ever. */
const MOST = 1_000_000
/** More than this are not kept: each takes about 200 bytes. */
const MOST_KEPT = 100_000

/** The refs of a server as they come, of which those are kept that are wanted. Throws RefusedError for too many. */
export class RefList {
  readonly refs: Ref[] = []
  readonly #isWanted: (ref: Ref) => boolean
  #count = 0

  constructor(isWanted: (ref: Ref) => boolean) {
    this.#isWanted = isWanted
  }

  add(ref: Ref): void {
    if (++this.#count > MOST) throw new RefusedError(`the server sent more than ${MOST} refs`)
    // A ref whose file on the server is damaged, or the line of a repository without any.
    if (/^0+$/.test(ref.id) || !this.#isWanted(ref)) return
    if (this.refs.length === MOST_KEPT)
      throw new RefusedError(`more than ${MOST_KEPT} branches and tags of the server are meant`)
    this.refs.push(ref)
  }
}
