import { expect, test } from 'vitest'
import { parseTestArguments } from './rings.ts'

const all = ['unit', 'services', 'images', 'faults']

test.each<[string[], string[], string[]]>([
  [[], all, []],
  [['unit'], ['unit'], []],
  [['faults', 'unit'], ['unit', 'faults'], []],
  [['cluster'], ['cluster'], []],
  [['services', 'postgres'], ['services'], ['postgres']],
  [['services', '--', 'unit'], ['services'], ['unit']],
  [['-t', 'unit'], all, ['-t', 'unit']],
  [['toString'], all, ['toString']],
])('npm test %j runs the rings %j and passes %j to vitest', (words, rings, vitest) => {
  expect(parseTestArguments(words)).toEqual({ rings, vitest })
})
