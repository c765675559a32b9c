import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { openDestination } from './destination.ts'
import { replaceFolder } from './replace-folder.ts'
import { useVolume } from './test-volume.ts'

useVolume()

/** Replaces the folder `site` by `staged`; `meanwhile` is called as soon as the old one is out of the way. */
function replaceWhile(meanwhile: () => void): string[] {
  mkdirSync('site/old', { recursive: true })
  mkdirSync('staged/new', { recursive: true })
  const destination = openDestination(parseOutputPath('site'))
  let done = false
  const at = (name: string) => {
    if (name === 'staged' && !done && !existsSync('site')) {
      done = true
      meanwhile()
    }
    return name
  }
  try {
    return replaceFolder({ ...destination, folder: Object.create(destination.folder, { at: { value: at } }) }, 'staged')
  } finally {
    destination.folder.close()
  }
}

test('the old folder comes back when the new one cannot take its place', () => {
  expect(() =>
    replaceWhile(() => {
      rmdirSync('staged/new')
      rmdirSync('staged')
    }),
  ).toThrow('cannot write site: its folder, or what was staged for it, was removed meanwhile')
  expect(readdirSync('.')).toEqual(['site'])
  expect(readdirSync('site')).toEqual(['old'])
})

test('another run that comes in between is replaced as well', () => {
  const replaced = replaceWhile(() => mkdirSync('site/theirs', { recursive: true }))
  expect(readdirSync('site')).toEqual(['new'])
  expect(replaced.map((name) => readdirSync(name))).toEqual([['old'], ['theirs']])
})
