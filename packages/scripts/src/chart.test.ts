import { expect, test } from 'vitest'
import { chart } from './chart.ts'

const widths = (svg: string): [string, number][] =>
  [...svg.matchAll(/<rect class="(\w+)" .*?width="(\d+)"/g)].map(([, kind = '', width]) => [kind, Number(width)])

test('bars have the length of the ratio, and peers another colour', () => {
  const rows = [
    ['curl to tar', '1000 ms (× 1.00)', '9 MiB'],
    ['fetch-file, tar.gz', '970 ms (× 0.50)', '65 MiB'],
  ]
  const svg = chart({ title: 'fetch-file', notes: [], columns: ['', 'wall', 'peak RSS'], rows })
  expect(widths(svg)).toEqual([
    ['peer', 290],
    ['own', 145],
  ])
  expect(svg).toContain('>970 ms (× 0.50)</text>')
})

test('a column of ratios beside the figure counts; figures get their unit, and words are escaped', () => {
  const rows = [
    ['a & b', 'goose', 20, 2],
    ['a & b', 'migrate-schema', 10.004, 1],
  ]
  const svg = chart({ title: 'x', notes: [], columns: ['what', 'who', 'wall ms', 'wall ×'], rows })
  expect(widths(svg)).toEqual([
    ['peer', 290],
    ['own', 145],
  ])
  expect(svg).toContain('a &amp; b, migrate-schema')
  expect(svg).toContain('>10 ms</text>')
})
