import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Folder } from './folder.ts'
import { deadStagings } from './leftovers.ts'
import { stagingName } from './staging-name.ts'
import { deadName, foreignName, useVolume } from './test-volume.ts'

useVolume()

const seconds = 1000

/** The staging names in the working directory that a run publishing `file` takes for dead, some time from now. */
function deadAfter(time: number): string[] {
  const folder = Folder.open('.')
  try {
    return deadStagings(folder, ['file'], () => Date.now() + time).map(({ entry }) => entry)
  } finally {
    folder.close()
  }
}

function put(name: string): string {
  writeFileSync(name, '')
  return name
}

test.for(['file', 'long', 'old', 'version'] as const)('%s of a process that has ended is dead at once', (kind) => {
  const dead = put(deadName(kind, 'another'))
  expect(deadAfter(0)).toEqual([dead])
})

test('of a living process nothing is dead, whatever its age, but its own versions', () => {
  put(stagingName('file', 'file'))
  put(stagingName('long', 'file'))
  put(stagingName('old', 'file'))
  const version = put(stagingName('version', 'file'))
  expect(deadAfter(3600 * seconds)).toEqual([version])
})

test('a pid that has come back to another process does not keep anything alive', () => {
  const name = stagingName('long', 'file').split('-')
  name[3] = '1'
  const dead = put(name.join('-'))
  expect(deadAfter(0)).toEqual([dead])
})

test('an earlier container of this Pod is dead at once, for the same destination', () => {
  const dead = put(foreignName('long', 'file', 'this'))
  put(foreignName('long', 'another', 'this'))
  expect(deadAfter(0)).toEqual([dead])
})

test('a container that cannot be seen is dead when it was silent for too long', () => {
  const file = put(foreignName('file', 'file', 'other'))
  const long = put(foreignName('long', 'file', 'other'))
  expect(deadAfter(0)).toEqual([])
  expect(deadAfter(30 * seconds)).toEqual([file])
  expect(deadAfter(90 * seconds).toSorted()).toEqual([file, long].toSorted())
})

test('the age is taken from the clock of the volume, also for folders and symlinks', () => {
  mkdirSync(foreignName('long', 'file', 'other'))
  symlinkSync('nowhere', foreignName('long', 'file', 'other'))
  const folder = Folder.open('.')
  expect(deadStagings(folder, ['file'])).toEqual([])
  expect(folder.names()).toHaveLength(2)
  folder.close()
  expect(deadAfter(90 * seconds)).toHaveLength(2)
})
