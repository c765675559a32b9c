import { execFileSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { makeManyFiles } from '../bench/git-clone/repository.ts'
import { startServers } from '../bench/git-clone/servers.ts'
import { git } from './git-clone/repositories.ts'

useVolume()

const isFull = process.env['INITBOX_FULL'] !== undefined
const files = isFull ? 100_000 : 3_000
/** Files of 50 MB that no compression makes smaller: 2.3 GB of them lie beyond what 31 bits can say of a pack. */
const large = isFull ? 46 : 1
const folder = mkdtempSync(join(tmpdir(), 'initbox-large-'))
let servers: Awaited<ReturnType<typeof startServers>>

beforeAll(async () => {
  makeManyFiles(join(folder, 'many.git'), files)
  const work = join(folder, 'work')
  mkdirSync(work)
  const own = (...words: string[]): string => git(work, '-c', 'core.compression=0', ...words)
  own('init', '--quiet')
  const bytes = Buffer.alloc(50_000_000)
  for (let index = 0; index < large; index++) {
    writeFileSync(join(work, `f${index}`), randomFillSync(bytes))
    own('add', '--all')
  }
  own('commit', '--quiet', '--message', 'large')
  git(folder, 'clone', '--quiet', '--bare', 'work', 'large.git')
  rmSync(work, { recursive: true })
  git(join(folder, 'large.git'), '-c', 'core.compression=0', '-c', 'pack.window=0', 'repack', '-adq')
  execFileSync('chown', ['-R', '1000:1000', folder])
  servers = await startServers(folder)
}, 900_000)
afterAll(async () => {
  await servers?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const clone = (name: string, ...flags: string[]): Promise<ToolRun> => {
  const url = servers.routes.find(({ protocol }) => protocol === 'http')?.ours.url(name) ?? ''
  return runToolWith(tool, [url, '--out', 'site', ...flags])
}

describe('what is large', () => {
  test(`${files} files, all of them and once more for nothing`, async () => {
    expect(await clone('many', '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'status', '--porcelain')).toBe('')
    expect(readdirSync('site').length).toBe(Math.ceil(files / 1_000) + 1)
    expect(await clone('many', '--keep-git')).toMatchObject({ code: 0, log: expect.stringContaining('already') })
  }, 900_000)

  test(`a pack of ${large * 50} MB, which git can read wherever an object lies in it`, async () => {
    expect(await clone('large', '--keep-git')).toMatchObject({ code: 0 })
    expect(git('site', 'fsck', '--full', '--strict')).toBe('')
    expect(git('site', 'status', '--porcelain')).toBe('')
    rmSync('site/f0')
    git('site', 'checkout', '--quiet', 'f0')
    expect(await clone('large')).toMatchObject({ code: 0 })
    expect(readdirSync('site').length).toBe(large)
  }, 1_800_000)
})
