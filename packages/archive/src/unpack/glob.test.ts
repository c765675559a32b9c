import { expect, test } from 'vitest'
import { compileGlob } from './glob.ts'

test.each([
  ['*.txt', ['a.txt', 'deep/er/a.txt', 'a.txt/inside'], ['a.txt.gz', 'atxt']],
  ['docs', ['docs', 'docs/a', 'x/docs/a'], ['docs2', 'adocs']],
  ['docs/**', ['docs', 'docs/a', 'docs/a/b'], ['x/docs/a', 'docs2']],
  ['/docs/', ['docs/a'], ['docs2/a', 'x/docs']],
  ['docs/', ['docs/a', 'x/docs'], ['docs2/a']],
  ['a/*/c', ['a/b/c', 'a/b/c/d'], ['a/c', 'a/b/b/c']],
  ['a/**/c', ['a/c', 'a/b/b/c'], ['a/cc', 'b/a/c']],
  ['**', ['a', 'a/b'], []],
  ['{a,b}/[0-9]?', ['a/1x', 'b/2y'], ['c/1x', 'a/x1', 'a/1']],
  ['[!a]*', ['b', 'x/cd'], ['a', 'ab']],
  ['a+(b)|c$', ['a+(b)|c$'], ['aab', 'c']],
])('%s', (pattern, matching, others) => {
  const matches = compileGlob(pattern)
  expect(matching.filter((path) => !matches(path))).toEqual([])
  expect(others.filter(matches)).toEqual([])
})

test.each(['', '/', '[a', '{a,b'])('%j is no pattern', (pattern) => {
  expect(() => compileGlob(pattern)).toThrow(/empty pattern|without its/)
})
