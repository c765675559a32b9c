import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Folder } from './folder.ts'
import { removeTree } from './remove-tree.ts'
import { useVolume } from './test-volume.ts'

const volume = useVolume()

async function remove(name: string): Promise<void> {
  const folder = Folder.open('.')
  try {
    await removeTree(folder, name)
  } finally {
    folder.close()
  }
}

test('a file, a symlink, an empty folder, and nothing', async () => {
  writeFileSync('file', '')
  symlinkSync(volume.outside, 'link')
  mkdirSync('folder')
  for (const name of ['file', 'link', 'folder', 'folder']) await remove(name)
  expect(readdirSync('.')).toEqual([])
})

test('a tree with symlinks that lead out, hidden files and folders without rights', async () => {
  writeFileSync(`${volume.outside}/canary`, 'alive')
  mkdirSync('tree/a/b/c', { recursive: true })
  for (const folder of ['tree', 'tree/a', 'tree/a/b', 'tree/a/b/c']) {
    writeFileSync(`${folder}/.hidden`, '')
    symlinkSync(volume.outside, `${folder}/link`)
  }
  chmodSync('tree/a/b/c', 0o000)
  chmodSync('tree/a/b', 0o555)
  chmodSync('tree', 0o500)
  await remove('tree')
  expect(readdirSync('.')).toEqual([])
  expect(readFileSync(`${volume.outside}/canary`, 'utf8')).toBe('alive')
})

test('a tree deeper than a path can be long', async () => {
  const nested = 'n'.repeat(250) // 20 of them are more than PATH_MAX, 4,096
  // Built inside out, because the whole path would be refused.
  for (let depth = 0; depth < 20; depth++) {
    mkdirSync('outer')
    if (depth > 0) renameSync('tree', `outer/${nested}`)
    renameSync('outer', 'tree')
  }
  await remove('tree')
  expect(readdirSync('.')).toEqual([])
})

test('names that are not UTF-8', async () => {
  const odd = Buffer.from('tree/caf\xe9', 'latin1')
  mkdirSync('tree')
  mkdirSync(odd)
  mkdirSync(Buffer.concat([odd, Buffer.from('/'), Buffer.from([0xff])]))
  writeFileSync(Buffer.from('tree/\xfe.txt', 'latin1'), '')
  await remove('tree')
  expect(readdirSync('.')).toEqual([])
})
