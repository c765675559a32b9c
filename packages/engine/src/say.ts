/** Tells the person at the terminal what the set-up is doing; standard output is left to results. */
export function say(sentence: string): void {
  process.stderr.write(`initbox: ${sentence}\n`)
}

/** Says what is being done, every ten seconds that it goes on, and how long it took; `usual` is how long that is on an idle machine. */
export async function sayWhile<T>(what: string, usual: string, work: () => Promise<T>): Promise<T> {
  say(`${what} (about ${usual}, only the first time)`)
  const begin = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - begin) / 1000)} s`
  const timer = setInterval(() => say(`${what}: ${seconds()} so far`), 10_000)
  try {
    const result = await work()
    say(`${what}: done in ${seconds()}`)
    return result
  } finally {
    clearInterval(timer)
  }
}
