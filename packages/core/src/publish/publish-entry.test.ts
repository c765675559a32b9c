import { chmodSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { findFolder, publishFolder, publishSymlink } from './publish-entry.ts'
import { useVolume } from './test-volume.ts'

const volume = useVolume()
const mode = (path: string): number => lstatSync(path).mode & 0o7777

test('a folder is made with its mode, and one that is there gets it', () => {
  expect(publishFolder(parseOutputPath('a/b'), 0o770)).toBe('written')
  expect([mode('a'), mode('a/b')]).toEqual([0o755, 0o770])
  expect(publishFolder(parseOutputPath('a/b'), 0o770)).toBe('unchanged')
  expect(publishFolder(parseOutputPath('a/b'))).toBe('unchanged')
  expect(publishFolder(parseOutputPath('a/b'), 0o700)).toBe('written')
  expect(mode('a/b')).toBe(0o700)
  expect(publishFolder(parseOutputPath('.'))).toBe('unchanged')
})

test('the set-gid bit of fsGroup stays', () => {
  chmodSync('.', 0o2775)
  publishFolder(parseOutputPath('a'), 0o770)
  expect(mode('a')).toBe(0o2770)
  expect(publishFolder(parseOutputPath('a'), 0o750)).toBe('written')
  expect(mode('a')).toBe(0o2750)
})

test('a symlink is made, turned by one rename, and replaces nothing else', () => {
  expect(publishSymlink(parseOutputPath('sub/current'), 'v1')).toBe('written')
  expect(publishSymlink(parseOutputPath('sub/current'), 'v1')).toBe('unchanged')
  expect(publishSymlink(parseOutputPath('sub/current'), 'v2')).toBe('written')
  expect(readlinkSync('sub/current')).toBe('v2')
  writeFileSync('file', '')
  expect(() => publishSymlink(parseOutputPath('file'), 'v2')).toThrow('there is something else of that name')
})

test('nothing goes through a symlink that was planted', () => {
  symlinkSync(volume.outside, 'link')
  expect(() => publishFolder(parseOutputPath('link'), 0o777)).toThrow("'link' on the way is a symlink")
  expect(() => publishFolder(parseOutputPath('link/a'))).toThrow("'link' on the way is a symlink")
  mkdirSync(`${volume.outside}/a`)
  expect(findFolder(parseOutputPath('link/a'))).toBeUndefined()
  expect(findFolder(parseOutputPath('none'))).toBeUndefined()
})
