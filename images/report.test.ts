import { expect, test } from 'vitest'
import { makeImage, type Image } from './oci/image.ts'
import { formatSizes, overBudget, sizes } from './report.ts'

function imageOf(name: string, ...layers: readonly (readonly [string, number])[]): Image {
  const read = async () => Buffer.alloc(0)
  const made = layers.map(([digest, size]) => ({ digest, size, diffId: digest, read, made: '' }))
  return makeImage(name, 'amd64', { Labels: {} }, made)
}

test('the shared base counts once, and what is over its budget is named', () => {
  const base = ['base', 44_000_000] as const
  const [first, second] = [170_000, 60_000]
  const tools = [
    { image: imageOf('initbox/wait-for:dev', base, ['a', first]), layerBudget: first },
    { image: imageOf('initbox/write-pod-ip:dev', base, ['b', second + 100]), layerBudget: second },
  ]
  const rows = sizes(imageOf('initbox/base:dev', base), tools)
  expect(rows.map(({ size }) => size)).toEqual([44_000_000, first, second + 100, 44_000_000 + first + second + 100])
  expect(overBudget(rows)).toEqual([
    expect.stringMatching(/^initbox\/write-pod-ip:dev is 60\.1 kB compressed, its budget is 60\.0 kB$/),
    expect.stringMatching(/^all together is 44,[\d.]+ kB compressed, its budget is 44,[\d.]+ kB$/),
  ])
  expect(formatSizes(rows).split('\n')[1]).toBe('initbox/base:dev                 44,000.0 kB   45,000.0 kB')
})
