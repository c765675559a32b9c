import { expect, test } from 'vitest'
import { blockProblems, codeBlocks } from './code-blocks.ts'

const fence = '```'

test.each([
  ['a fence', `text\n\n${fence}sh\nnpm test\n${fence}\n`, [{ line: 3, marker: undefined }]],
  [
    'one with a marker',
    `<!-- not run: it is long -->\n${fence}yaml\na: 1\n${fence}\n`,
    [{ line: 2, marker: 'not run: it is long' }],
  ],
  [
    'a marker and an empty line',
    `<!-- run by a.test.ts -->\n\n${fence}sh\nls\n${fence}`,
    [{ line: 3, marker: 'run by a.test.ts' }],
  ],
  [
    'one in a list',
    `- x\n  <!-- run by a.test.ts -->\n  ${fence}yaml\n  a: 1\n  ${fence}`,
    [{ line: 3, marker: 'run by a.test.ts' }],
  ],
  ['what is printed', `${fence}\nnpm run demo\n${fence}\n`, []],
  [
    'indented commands, once',
    'so:\n\n    kubectl apply -f a\n    kubectl get pods\n',
    [{ line: 3, marker: undefined }],
  ],
  ['indented output', 'so:\n\n    redis cache: ready\n', []],
  ['a command inside of a fence', `${fence}console\n\n    kubectl apply\n${fence}`, [{ line: 1, marker: undefined }]],
])('%s', (_, page, blocks) => {
  expect(codeBlocks(page)).toEqual(blocks)
})

test('a block needs a marker that is true', () => {
  const page = (marker: string): string => `${marker}\n${fence}sh\nls\n${fence}\n`
  const tests: Readonly<Record<string, string>> = { 'a.test.ts': 'readmeBlocks(folder)', 'b.test.ts': 'nothing' }
  const problems = (marker: string): readonly string[] => blockProblems('p.md', page(marker), (path) => tests[path])
  expect(problems('<!-- run by a.test.ts -->')).toEqual([])
  expect(problems('<!-- not run: it needs a cluster -->')).toEqual([])
  expect(problems('<!-- run by b.test.ts -->')).toEqual(['p.md:2: b.test.ts reads no README'])
  expect(problems('<!-- run by c.test.ts -->')).toEqual(['p.md:2: there is no c.test.ts'])
  expect(problems('<!-- generated -->')).toHaveLength(1)
})
