import { readFileSync } from 'node:fs'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

test('a second run changes nothing', async () => {
  const run = () => runToolWith(tool, ['--text', 'hello', '--out', 'line.txt'])
  expect(await run()).toEqual({ code: 0, log: 'wrote line.txt', output: '' })
  expect(await run()).toEqual({ code: 0, log: 'wrote line.txt, unchanged', output: '' })
  expect(volumeEntries()).toEqual(['line.txt'])
  expect(readFileSync('line.txt', 'utf8')).toBe('hello\n')
})

test('what is not one line is refused before anything is written', async () => {
  expect(await runToolWith(tool, ['--text', 'a\nb', '--out', 'line.txt'])).toMatchObject({ code: 2 })
  expect(volumeEntries()).toEqual([])
})
