import { lstatSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { LeafList } from './leaf-list.ts'

useVolume()

const id = 'ab'.repeat(20)
const look = (path: string) => lstatSync(path, { throwIfNoEntry: false })

function listOf(...paths: readonly string[]): LeafList {
  const list = new LeafList()
  for (const path of paths) list.add(path, id, path)
  return list
}

test('gives back what was added, also of another tree, and after it was bytes', () => {
  writeFileSync('a b', 'text')
  symlinkSync('nowhere', 'link')
  const top = new LeafList()
  for (const leaf of listOf('a b', 'link')) top.addBelow('caf\xe9', leaf)
  const again = LeafList.of(Buffer.from(top.bytes))
  const { ino: inode, mtimeMs: mtime } = lstatSync('a b')
  expect(again?.count).toBe(2)
  expect([...(again ?? [])][0]).toEqual({ path: 'caf\xe9/a b', inode, size: 4, mtime, id })
  expect([...(again ?? [])].map(({ path }) => path)).toEqual(['caf\xe9/a b', 'caf\xe9/link'])
})

test('reads paths of more than 255 bytes', () => {
  writeFileSync('a', 'a')
  const list = new LeafList()
  const folder = 'f'.repeat(1_000)
  for (const leaf of listOf('a', 'a')) list.addBelow(folder, leaf)
  expect(Array.from(LeafList.of(list.bytes) ?? [], ({ path }) => path)).toEqual([`${folder}/a`, `${folder}/a`])
})

test('names the first leaf that somebody changed, replaced or removed', () => {
  for (const name of ['a', 'b', 'c']) writeFileSync(name, name)
  const list = listOf('a', 'b', 'c')
  expect(list.firstChanged(look)).toBeUndefined()
  const { atime, mtime } = lstatSync('c')
  writeFileSync('c', 'longer')
  utimesSync('c', atime, mtime)
  expect(list.firstChanged(look)).toBe('c')
  utimesSync('b', 0, 0)
  expect(list.firstChanged(look)).toBe('b')
  expect(list.firstChanged((path) => (path === 'a' ? undefined : look(path)))).toBe('a')
})

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['cut short', (bytes) => bytes.subarray(0, -1)],
  ['longer', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
  ['those of an older version', () => Buffer.from(`123 4 1764547891234.5 ${id} a\0`)],
])('bytes that are %s are no list', (_, spoil) => {
  writeFileSync('a', 'a')
  expect(LeafList.of(spoil(listOf('a').bytes))).toBeUndefined()
})
