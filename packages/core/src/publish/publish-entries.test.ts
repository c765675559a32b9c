import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishEntries } from './publish-entries.ts'
import { deadName, stagings, useVolume } from './test-volume.ts'

const volume = useVolume()

/** Publishes files (`a/b` in a folder) into the volume itself. */
function publish(files: Readonly<Record<string, string>>, root = '.', overwrite = false): Promise<string> {
  const fill = async (staging: string): Promise<string> => {
    for (const [path, content] of Object.entries(files)) {
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
      mkdirSync(`${staging}/${folder}`, { recursive: true })
      writeFileSync(`${staging}/${path}`, content)
    }
    return 'filled'
  }
  return publishEntries(parseOutputPath(root), fill, { owner: 'git-clone', overwrite })
}

const entries = (folder = '.'): string[] => readdirSync(folder).toSorted()

test('entries lie in the volume itself, beside what is there', async () => {
  mkdirSync('lost+found')
  writeFileSync('theirs', 'x')
  expect(await publish({ 'src/a': '1', 'src/b/c': '1', README: '1' })).toBe('filled')
  expect(entries()).toEqual(['.initbox-git-clone', 'README', 'lost+found', 'src', 'theirs'])
  expect(readFileSync('.initbox-git-clone', 'utf8')).toBe('["README","src"]\n')
})

test('the next run replaces what is ours and takes away what it does not have', async () => {
  await publish({ 'src/a': '1', old: '1', kind: '1', 'other/x': '1' }, 'sub')
  writeFileSync('sub/theirs', 'x')
  await publish({ 'src/b': '2', 'kind/is-a-folder-now': '2', other: 'is a file now' }, 'sub')
  expect(entries('sub')).toEqual(['.initbox-git-clone', 'kind', 'other', 'src', 'theirs'])
  expect(entries('sub/src')).toEqual(['b'])
  expect(readFileSync('sub/other', 'utf8')).toBe('is a file now')
})

test('a foreign entry of the same name is not replaced, and nothing else is either', async () => {
  await publish({ a: '1' })
  symlinkSync(volume.outside, 'b')
  await expect(publish({ a: '2', b: '2' })).rejects.toThrow('cannot write b: it is there, and not of an earlier run')
  expect(readFileSync('a', 'utf8')).toBe('1')
  expect(lstatSync('b').isSymbolicLink()).toBe(true)
  expect(stagings()).toEqual(['.initbox-git-clone'])
})

test('a foreign entry of the same name is replaced when told so, and is ours then', async () => {
  writeFileSync('a', 'theirs')
  mkdirSync('b')
  writeFileSync('b/theirs', 'x')
  writeFileSync('c', 'theirs')
  await publish({ a: '1', b: '1' }, '.', true)
  expect([readFileSync('a', 'utf8'), readFileSync('b', 'utf8'), readFileSync('c', 'utf8')]).toEqual([
    '1',
    '1',
    'theirs',
  ])
  await publish({ a: '2' })
  expect(entries()).toEqual(['.initbox-git-clone', 'a', 'c'])
})

test('when filling fails all is as it was', async () => {
  await publish({ a: '1' })
  const fill = async (staging: string): Promise<void> => {
    writeFileSync(`${staging}/a`, '2')
    throw new Error('checksum')
  }
  await expect(publishEntries(parseOutputPath('.'), fill, { owner: 'git-clone' })).rejects.toThrow('checksum')
  expect(readFileSync('a', 'utf8')).toBe('1')
  expect(stagings()).toEqual(['.initbox-git-clone'])
})

test('what a killed run had moved aside is put back, and its own is removed', async () => {
  await publish({ 'src/a': '1' })
  mkdirSync(deadName('long', '.initbox-git-clone'))
  renameSync('src', deadName('old', 'src'))
  const fail = (): Promise<never> => Promise.reject(new Error('no network'))
  await expect(publishEntries(parseOutputPath('.'), fail, { owner: 'git-clone' })).rejects.toThrow('no network')
  expect(entries()).toEqual(['.initbox-git-clone', 'src'])
  expect(readFileSync('src/a', 'utf8')).toBe('1')
})

test('a marker that was forged or broken makes nothing ours', async () => {
  for (const marker of ['["../outside","a/b","."]', '{', '[1]']) {
    writeFileSync('.initbox-git-clone', marker)
    await publish({})
    expect(readdirSync(volume.outside)).toEqual([])
  }
})

test('content with a name of our own is refused: a marker would have the next run take away what is not ours', async () => {
  writeFileSync('theirs', 'x')
  await expect(publish({ '.initbox-git-clone': '["theirs"]', a: '1' })).rejects.toThrow("'.initbox-git-clone'")
  expect(entries()).toEqual(['theirs'])
})
