import { probes } from '@initbox/sidecar'

/** What the words before the first OUT=URL ask for. */
export type Command =
  | { readonly name: 'fetch'; readonly files: readonly string[] }
  | { readonly name: 'probe'; readonly what: (typeof probes)[number] }

export function commandOf(words: readonly string[]): Command {
  const [first, second = 'readyz', ...rest] = words
  const what = probes.find((each) => each === second)
  return first === 'probe' && what !== undefined && rest.length === 0
    ? { name: 'probe', what }
    : { name: 'fetch', files: words }
}
