import { bundleOf, type Running, startBundle } from '../running.ts'

export const bundle = bundleOf('fetch-secret')

export function start(words: readonly string[], environment: Readonly<Record<string, string>>): Running {
  return startBundle('fetch-secret', words, environment)
}
