import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { commit } from './commit.ts'
import { withDestinations } from './destination.ts'
import { stageFile, type StagedFile } from './staged-file.ts'
import { stagings, useVolume } from './test-volume.ts'

useVolume()

/** Stages 'new' for every name, lets `between` do something to the volume, and commits. */
async function commitAfter(
  names: readonly string[],
  between: (staged: readonly StagedFile[]) => void | StagedFile[],
): Promise<void> {
  const items = names.map((name) => ({ to: parseOutputPath(name), bytes: Buffer.from('new'), mode: 0o644 }))
  await withDestinations(items, async (files) => {
    const staged = files.map(stageFile)
    commit(between(staged) ?? staged)
  })
}

test('all files switch, and nothing that was kept stays', async () => {
  writeFileSync('a', 'old')
  symlinkSync('a', 'b')
  await commitAfter(['a', 'b', 'c'], () => {})
  expect(['a', 'b', 'c'].map((name) => readFileSync(name, 'utf8'))).toEqual(['new', 'new', 'new'])
  expect(lstatSync('b').isSymbolicLink()).toBe(false)
  expect(stagings()).toEqual([])
})

test.for(['first', 'a', 'b', 'c'])('when a folder appears at %s, all others are as they were', async (blocked) => {
  writeFileSync('a', 'old')
  symlinkSync('nowhere', 'b')
  const looks = (name: string) => (name === blocked ? 'blocked' : lstatSync(name, { throwIfNoEntry: false })?.ino)
  const before = ['first', 'a', 'b', 'c'].map(looks)
  await expect(
    commitAfter(['first', 'a', 'b', 'c'], () => {
      rmSync(blocked, { force: true })
      mkdirSync(blocked)
    }),
  ).rejects.toThrow(`cannot write ${blocked}: there is a folder of that name`)
  expect(['first', 'a', 'b', 'c'].map(looks)).toEqual(before)
  expect(readdirSync('.').toSorted()).toEqual([...new Set(['a', 'b', blocked])].toSorted())
})

test('when a staging file was taken away, all others are as they were', async () => {
  writeFileSync('a', 'old')
  writeFileSync('b', 'old')
  await expect(commitAfter(['a', 'b'], ([, second]) => unlinkSync(second?.staging ?? ''))).rejects.toThrow(
    'cannot write b: its folder, or what was staged for it, was removed meanwhile',
  )
  expect(['a', 'b'].map((name) => readFileSync(name, 'utf8'))).toEqual(['old', 'old'])
  expect(stagings()).toEqual([])
})

test('what another run has published since is not put back', async () => {
  for (const name of ['a', 'b', 'c']) writeFileSync(name, 'old')
  await expect(
    commitAfter(['a', 'b', 'c'], ([a, b, c]) => {
      if (a === undefined || b === undefined || c === undefined) throw new Error('not staged')
      // By the time that c is renamed, b is another run's already.
      const at = (name: string) => {
        if (name === c.staging && readFileSync('b', 'utf8') === 'new') writeFileSync('b', 'theirs')
        return name
      }
      rmSync('c')
      mkdirSync('c')
      return [a, b, { ...c, folder: Object.create(c.folder, { at: { value: at } }) }]
    }),
  ).rejects.toThrow('cannot write c: there is a folder of that name')
  expect(['a', 'b'].map((name) => readFileSync(name, 'utf8'))).toEqual(['old', 'theirs'])
})
