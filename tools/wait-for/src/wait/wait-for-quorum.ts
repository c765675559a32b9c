/** What became of one of the things that are waited for. */
export type Failure<T> = { readonly subject: T; readonly error: unknown }

/**
 * Waits for all subjects at once until `need` of them are done, and resolves with undefined; or until so many have
 * failed that the goal cannot be reached any more, and resolves with the last failure. The others are left running: the
 * caller aborts them.
 */
export function waitForQuorum<T>(
  subjects: readonly T[],
  need: number,
  wait: (subject: T) => Promise<void>,
): Promise<Failure<T> | undefined> {
  let missing = need
  let alive = subjects.length
  return new Promise((resolve) => {
    const follow = async (subject: T): Promise<void> => {
      try {
        await wait(subject)
        if (--missing === 0) resolve(undefined)
      } catch (error) {
        if (--alive < need) resolve({ subject, error })
      }
    }
    for (const subject of subjects) void follow(subject)
  })
}
