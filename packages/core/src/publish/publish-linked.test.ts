import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishLinked } from './publish-linked.ts'
import type { Published } from './staged-file.ts'
import { useVolume } from './test-volume.ts'

useVolume()

/** Publishes a set below `root`, and tells what became of each. */
async function publish(set: Readonly<Record<string, string>>, root = '.'): Promise<Published['status'][]> {
  const outputs = Object.entries(set).map(([path, content]) => {
    return { to: parseOutputPath(root === '.' ? path : `${root}/${path}`), content, mode: 0o440 }
  })
  const published = await publishLinked(parseOutputPath(root), outputs, { folderMode: 0o750 })
  return published.map(({ status }) => status)
}

const visible = (folder = '.'): string[] => readdirSync(folder).filter((name) => !name.startsWith('.'))

test('a set lies behind one symlink, in the layout of a Secret volume', async () => {
  expect(await publish({ token: 'a', 'tls/key': 'b', 'tls/crt': 'c' })).toEqual(['written', 'written', 'written'])
  expect(visible()).toEqual(['tls', 'token'])
  expect(readlinkSync('token')).toBe('..data/token')
  expect(readlinkSync('tls')).toBe('..data/tls')
  expect(readFileSync('tls/crt', 'utf8')).toBe('c')
  expect(lstatSync(`${readlinkSync('..data')}/tls/key`).mode & 0o7777).toBe(0o440)
  expect(lstatSync(`${readlinkSync('..data')}/tls`).mode & 0o7777).toBe(0o750)
})

test('the same set again writes nothing; what changed is told file by file', async () => {
  await publish({ a: '1', b: '1' }, 'sub')
  const before = readlinkSync('sub/..data')
  expect(await publish({ a: '1', b: '1' }, 'sub')).toEqual(['unchanged', 'unchanged'])
  expect(readlinkSync('sub/..data')).toBe(before)
  expect(await publish({ a: '1', b: '2' }, 'sub')).toEqual(['unchanged', 'written'])
  expect(readFileSync('sub/b', 'utf8')).toBe('2')
  expect(readdirSync('.')).toEqual(['sub'])
})

test('who reads the old set can go on reading it, and what the new one does not have is gone', async () => {
  await publish({ a: '1', b: '1' })
  const old = readlinkSync('..data')
  await publish({ a: '2' })
  expect(readFileSync(`${old}/b`, 'utf8')).toBe('1')
  expect(visible()).toEqual(['a'])
  await publish({ a: '3' })
  expect(readdirSync('.')).not.toContain(old)
})

test('a run that was killed between its renames is made whole', async () => {
  await publish({ a: '1' })
  const version = readlinkSync('..data')
  writeFileSync(`${version}/b`, '1', { mode: 0o440 })
  symlinkSync('..data/gone', 'gone')
  await publish({ a: '1', b: '1' })
  expect(visible()).toEqual(['a', 'b'])
})

test('a plain file of an earlier run gives way, a foreign folder does not', async () => {
  writeFileSync('a', 'old')
  symlinkSync('/etc', 'others')
  await publish({ a: '1' })
  expect(readFileSync('a', 'utf8')).toBe('1')
  mkdirSync('tls')
  await expect(publish({ a: '1', 'tls/key': 'x' })).rejects.toThrow('cannot write tls: there is a folder of that name')
  expect(readlinkSync('others')).toBe('/etc')
})

test('all of a set lie in its folder', async () => {
  const outputs = [{ to: parseOutputPath('b'), content: '', mode: 0o644 }]
  await expect(publishLinked(parseOutputPath('a'), outputs)).rejects.toThrow(
    'b does not lie in a, as all of one set must',
  )
})
