import { NotFoundError, RefusedError } from '@initbox/core'

/** What a server says instead of a pack. */
export class ServerFailure extends RefusedError {
  /** The server has the object perhaps, but gives only what a ref leads to. */
  readonly isUnadvertised: boolean

  constructor(text: string) {
    super(`the server says: ${text}`)
    this.isUnadvertised =
      /not our ref|unadvertised object|not allow(ed)? request|unable to find|no such (ref|object)/i.test(text)
  }
}

/** A commit that is nowhere in the repository. */
export function missingCommit(id: string, repository: string): NotFoundError {
  return new NotFoundError(`commit ${id} is not in ${repository}`, {
    hint: 'was it pushed, and has nobody rewritten the branch since?',
  })
}
