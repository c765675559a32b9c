import { probes } from '@initbox/sidecar'
import { parseRemote, type Remote } from './remote/remote.ts'

/** A word of the command line: a repository, or one that asks a sidecar. */
export type Word = Remote | 'probe' | (typeof probes)[number]

/** What the words ask for. */
export type Command =
  | { readonly name: 'clone'; readonly repo: Remote | undefined }
  | { readonly name: 'probe'; readonly what: (typeof probes)[number] }
  | { readonly name: 'unknown' }

/** Throws as `parseRemote` does. */
export function parseWord(text: string): Word {
  return text === 'probe' ? text : (probes.find((each) => each === text) ?? parseRemote(text))
}

export function commandOf(words: readonly Word[]): Command {
  const [first, second = 'readyz', ...more] = words
  if (more.length > 0) return { name: 'unknown' }
  if (first === 'probe')
    return typeof second === 'object' || second === 'probe' ? { name: 'unknown' } : { name: 'probe', what: second }
  if (typeof first === 'string' || words.length > 1) return { name: 'unknown' }
  return { name: 'clone', repo: first }
}
