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
import { parseOutputPath } from '../relative-path.ts'
import { commit } from './commit.ts'
import { withDestinations } from './destination.ts'
import { stageFile, type StagedFile } from './staged-file.ts'
import { stagings, useVolume } from './test-volume.ts'

useVolume()

/** Stages 'new' for every name, lets `between` do something to the volume, and commits. */
function commitAfter(names: readonly string[], between: (staged: readonly StagedFile[]) => void): void {
  const items = names.map((name) => ({ to: parseOutputPath(name), bytes: Buffer.from('new'), mode: 0o644 }))
  withDestinations(items, (files) => {
    const staged = files.map(stageFile)
    between(staged)
    commit(staged)
  })
}

test('all files switch, and nothing that was kept stays', () => {
  writeFileSync('a', 'old')
  symlinkSync('a', 'b')
  commitAfter(['a', 'b', 'c'], () => {})
  expect(['a', 'b', 'c'].map((name) => readFileSync(name, 'utf8'))).toEqual(['new', 'new', 'new'])
  expect(lstatSync('b').isSymbolicLink()).toBe(false)
  expect(stagings()).toEqual([])
})

test.for(['first', 'a', 'b', 'c'])('when a folder appears at %s, all others are as they were', (blocked) => {
  writeFileSync('a', 'old')
  symlinkSync('nowhere', 'b')
  const looks = (name: string) => (name === blocked ? 'blocked' : lstatSync(name, { throwIfNoEntry: false })?.ino)
  const before = ['first', 'a', 'b', 'c'].map(looks)
  expect(() => {
    commitAfter(['first', 'a', 'b', 'c'], () => {
      rmSync(blocked, { force: true })
      mkdirSync(blocked)
    })
  }).toThrow(`cannot write ${blocked}: there is a folder of that name`)
  expect(['first', 'a', 'b', 'c'].map(looks)).toEqual(before)
  expect(readdirSync('.').toSorted()).toEqual([...new Set(['a', 'b', blocked])].toSorted())
})

test('when a staging file was taken away, all others are as they were', () => {
  writeFileSync('a', 'old')
  writeFileSync('b', 'old')
  expect(() => {
    commitAfter(['a', 'b'], ([, second]) => unlinkSync(second?.staging ?? ''))
  }).toThrow('cannot write b: its folder, or what was staged for it, was removed meanwhile')
  expect(['a', 'b'].map((name) => readFileSync(name, 'utf8'))).toEqual(['old', 'old'])
  expect(stagings()).toEqual([])
})
