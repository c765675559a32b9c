import { expect, test } from 'vitest'
import { patternTest } from './pattern.ts'

test.each<[pattern: string, matches: readonly string[], others: readonly string[]]>([
  ['**/b', ['b', 'a/b', 'a/c/b'], ['lib', 'a/lib', 'b/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb', 'ab', 'a/b/c']],
  ['a/**', ['a/b', 'a/b/c'], ['a', 'ab']],
  ['*.md', ['x.md', 'a/x.md'], ['x.mdx', 'md']],
  ['/x*', ['x', 'xy'], ['a/x', 'x/y']],
  ['a?c/[!x-z]', ['abc/a'], ['abc/y', 'a/c/a', 'abc/']],
])('the pattern %s', (pattern, matches, others) => {
  const isMatch = patternTest(pattern) ?? (() => false)
  expect([...matches, ...others].filter((path) => isMatch(path))).toEqual(matches)
})
