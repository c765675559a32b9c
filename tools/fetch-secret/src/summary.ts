import { formatCount, formatOutputPath, listSome, type Output, type Published } from '@initbox/core'
import type { Fetched } from './fetch-all.ts'

/** What was done, for the log. */
export function summary(outputs: readonly Output[], published: readonly Published[], fetched: Fetched): string {
  const count = fetched.size === 1 ? '1 secret' : `${formatCount(fetched.size)} secrets`
  if (outputs.length === 0) return `fetched ${count}, nothing to write`
  const isUnchanged = published.every(({ status }) => status === 'unchanged')
  const names = listSome(outputs.map(({ to }) => formatOutputPath(to)))
  return `fetched ${count} to ${names}${isUnchanged ? ', unchanged' : ''}`
}
