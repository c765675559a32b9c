import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTar } from '@initbox/archive/tar'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { afterAll, expect, test } from 'vitest'
import { tool } from './tool.ts'

useVolume()

const folder = mkdtempSync(join(tmpdir(), 'initbox-archive-'))
const archive = join(folder, 'archive.tar')
afterAll(() => rmSync(folder, { recursive: true }))

const file = (path: string, content: string) => ({
  kind: 'file' as const,
  path,
  mode: 0o644,
  content: Buffer.from(content),
})
const write = (...files: readonly ReturnType<typeof file>[]): void => writeFileSync(archive, writeTar(files))
const source = `file://${archive}#unpack`
const run = (...words: string[]) => runToolWith(tool, words)
const seen = (): string[] => volumeEntries().filter((name) => !/^\.initbox-fetch-file-[0-9a-f]{12}$/.test(name))

test('the volume itself: entry by entry, beside what is there, and what is gone goes', async () => {
  mkdirSync('lost+found')
  writeFileSync('theirs', 'x')
  write(file('a', '1'), file('site/index.html', '1'), file('old', '1'))
  const first = await run(`.=${source}`)
  expect(first.log).toContain('fetched .: 3 files')
  expect(first.code).toBe(0)
  expect(seen()).toEqual(['.initbox-fetch-file', 'a', 'lost+found', 'old', 'site', 'site/index.html', 'theirs'])

  const { ino } = statSync('site')
  expect((await run(`.=${source}`)).log).toContain('. is unchanged')
  expect(statSync('site').ino).toBe(ino)

  // What somebody has taken away is brought again.
  rmSync('a')
  expect((await run(`.=${source}`)).log).toContain('fetched .')
  write(file('a', '22'), file('site/index.html', '2'))
  expect((await run(`.=${source}`)).code).toBe(0)
  expect(seen()).toEqual(['.initbox-fetch-file', 'a', 'lost+found', 'site', 'site/index.html', 'theirs'])
  expect(readFileSync('site/index.html', 'utf8')).toBe('2')
})

test('a foreign entry is never replaced, nor is our own marker', async () => {
  writeFileSync('a', 'theirs')
  write(file('a', '1'))
  const foreign = await run(`.=${source}`)
  expect(foreign.log).toContain('cannot write a: it is there, and not of an earlier run')
  expect(foreign.code).toBe(6)
  expect(readFileSync('a', 'utf8')).toBe('theirs')
  write(file('.initbox-fetch-file', '["a"]'), file('b', '1'))
  const marker = await run(`.=${source}`)
  expect(marker.log).toContain("'.initbox-fetch-file'")
  expect(marker.code).toBe(5)
  expect(readFileSync('a', 'utf8')).toBe('theirs')
})

test.each([
  [['.=http://h/x.bin'], "'.' is the volume itself: it needs unpack, or a name"],
  [['.=http://h/x.tgz#unpack', 'b=http://h/b'], "'.' must be the only output"],
  [['.=http://h/x.tgz#unpack', '--publish=symlink'], '--publish symlink'],
])('%j is a mistake that is told', async (words, told) => {
  const { code, log } = await run(...words)
  expect(log).toContain(told)
  expect(code).toBe(2)
})
