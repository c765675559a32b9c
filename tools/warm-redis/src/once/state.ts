import { RefusedError } from '@initbox/core'

/** What the once-key holds: who loads which content, or that it is there. */
export type State = {
  readonly state: 'loading' | 'done'
  /** Hash or version of the records. */
  readonly content: string
  /** Drawn anew for each loader. */
  readonly token: string
  /** Name of the Pod that loads, for the log of those who wait. */
  readonly by: string
}

export function formatState(state: State): string {
  return JSON.stringify(state)
}

/** Reads the value of a once-key. Throws RefusedError when it is something else. */
export function parseState(text: string, key: string): State {
  try {
    const { state, content, token, by }: Partial<State> = JSON.parse(text)
    if ((state === 'loading' || state === 'done') && content !== undefined && token !== undefined) {
      return { state, content, token, by: by ?? '' }
    }
  } catch {
    // Said below.
  }
  throw new RefusedError(`the key ${key} holds something else than the state of a load`, {
    hint: 'choose another --once-key',
  })
}
