/** The rings of test/README.md in the order in which they run, with the npm script that makes what each of them tests. */
export const rings = {
  unit: { needsDocker: false, prepare: undefined },
  services: { needsDocker: true, prepare: 'build' },
  images: { needsDocker: true, prepare: 'images' },
  faults: { needsDocker: true, prepare: 'images' },
  // Compiles a Kubernetes first, for which a bare machine has neither the Go nor the time.
  cluster: { needsDocker: true, prepare: 'images' },
} as const satisfies Record<string, { needsDocker: boolean; prepare: string | undefined }>

/** The exit code of a script that made everything and is not content with it: a failure, but no reason to test nothing. */
export const madeButBad = 3

export type Ring = keyof typeof rings

const isRing = (word: string): word is Ring => Object.hasOwn(rings, word)

/** What `npm test` was asked for: rings first (all but `cluster` when none is named), then words for vitest. npm itself swallows the `--` between them. */
export function parseTestArguments(words: readonly string[]): {
  readonly rings: readonly Ring[]
  readonly vitest: readonly string[]
} {
  const named = words.slice(0, words.findIndex((word) => !isRing(word)) + 1 || words.length).filter(isRing)
  const rest = words.slice(named.length)
  const all = Object.keys(rings).filter(isRing)
  return {
    rings: named.length === 0 ? all.filter((ring) => ring !== 'cluster') : all.filter((ring) => named.includes(ring)),
    vitest: rest[0] === '--' ? rest.slice(1) : rest,
  }
}
