import { probes } from '@initbox/sidecar'

/** What the words before the first OUT=SOURCE ask for. */
export type Command =
  | { readonly name: 'fetch'; readonly secrets: readonly string[] }
  | { readonly name: 'plan'; readonly secrets: readonly string[] }
  | { readonly name: 'probe'; readonly what: (typeof probes)[number] }

export function commandOf(words: readonly string[]): Command {
  const [first, second, ...rest] = words
  if (first === 'plan') return { name: 'plan', secrets: words.slice(1) }
  if (first !== 'probe') return { name: 'fetch', secrets: words }
  const what = probes.find((each) => each === (second ?? 'readyz'))
  return what === undefined || rest.length > 0 ? { name: 'fetch', secrets: words } : { name: 'probe', what }
}
