import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { OutputError, parseOutputPath } from '@initbox/core'
import { useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { LeafList } from './leaf-list.ts'
import { type Filled, Place } from './place.ts'

useVolume()

const { signal } = new AbortController()
const place = (to = 'site'): Place =>
  new Place({ to: parseOutputPath(to), publish: 'folder', existing: 'refuse', folderMode: 0o755, key: 'k', signal })

/** Writes a tree of one file, and tells what is in it. */
function filled(staging: string, name: string, commit: string): Filled {
  mkdirSync(dirname(`${staging}/${name}`), { recursive: true })
  writeFileSync(`${staging}/${name}`, name)
  const leaves = new LeafList()
  leaves.add(name, '0'.repeat(40), `${staging}/${name}`)
  return { commit, time: 0, subject: '', leaves }
}

test('a run that was killed before it could switch leaves a folder that is still known for ours', async () => {
  await place().replace(async (staging) => filled(staging, 'first', 'a'))
  mkdirSync('staged')
  await place().note(filled('staged', 'second', 'b'), statSync('staged').ino)
  // Here it is killed; the same once more.
  expect(place().current(undefined, false)).toEqual({})
  mkdirSync('again')
  await place().note(filled('again', 'third', 'c'), statSync('again').ino)
  place().refuseForeign()
  writeFileSync('site/mine', '')
  expect(() => place().refuseForeign()).toThrow(OutputError)
})

test('what is known of the folder before is gone with it', async () => {
  for (const name of ['first', 'second']) await place().replace(async (staging) => filled(staging, name, name))
  expect(existsSync('.initbox-git-clone.site.tree.before')).toBe(false)
  expect(place().current('second', false).list?.commit).toBe('second')
})

test('in the volume itself, what somebody put into a folder of ours is not taken away', async () => {
  await place('.').replace(async (staging) => filled(staging, 'public/page', 'a'))
  writeFileSync('theirs', '')
  place('.').refuseForeign()
  writeFileSync('public/upload', '')
  const next = place('.').replace(async (staging) => filled(staging, 'other/page', 'b'))
  await expect(next).rejects.toThrow('public/upload in it is not from an earlier run')
  expect(existsSync('public/upload')).toBe(true)
})

test('in the volume itself, what runs wrote that were killed on the way is ours', async () => {
  await place('.').replace(async (staging) => filled(staging, 'public/first', 'a'))
  for (const name of ['public/second', 'public/third']) {
    mkdirSync('staged')
    await place('.').note(filled('staged', name, name), 0)
    renameSync('staged', `killed-${name.length}`)
  }
  place('.').refuseForeign()
  for (const name of ['second', 'third']) writeFileSync(`public/${name}`, '')
  place('.').refuseForeign()
  writeFileSync('public/fourth', '')
  expect(() => place('.').refuseForeign()).toThrow(OutputError)
})
