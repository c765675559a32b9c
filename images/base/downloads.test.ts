import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Apt } from './apt.ts'
import { fetchDebian } from './downloads.ts'

let cache = ''
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'initbox-downloads-'))
})
afterEach(() => rmSync(cache, { recursive: true }))

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const node = { version: '24.0.0', integrity: {} }

/** A mirror that has one package in one version. */
function mirrorOf(version: string, content: string): () => Promise<Apt> {
  return async () => ({
    candidate: async () => ({ version, sha256: sha256(content) }),
    download: async (name, wanted, parent) => {
      const file = join(parent, `${name}.deb`)
      if (wanted !== version) return undefined
      writeFileSync(file, content)
      return file
    },
  })
}

function fetchLibc(locked: { version: string; sha256: string }, open: () => Promise<Apt>, lockedOnly = false) {
  const lock = { debian: { amd64: { libc6: locked }, arm64: {} }, node }
  return fetchDebian(['libc6'], { cache, architecture: 'amd64', lock, lockedOnly, open })
}

const noMirror = async () => {
  throw new Error('the mirror was asked')
}

test('a locked version is fetched once and then taken from the cache', async () => {
  const locked = { version: '2.36', sha256: sha256('libc') }
  expect(await fetchLibc(locked, mirrorOf('2.36', 'libc'))).toMatchObject([{ name: 'libc6', locked: true }])
  const [again] = await fetchLibc(locked, noMirror)
  expect(readFileSync(again?.file ?? '', 'utf8')).toBe('libc')
})

test('when the mirror has dropped the locked version its current one is taken, and said to be another', async () => {
  const locked = { version: '2.36', sha256: sha256('old') }
  expect(await fetchLibc(locked, mirrorOf('2.37', 'new'))).toMatchObject([{ version: '2.37', locked: false }])
})

test('with lockedOnly that is an error which names the package and the command', async () => {
  const locked = { version: '2.36', sha256: sha256('old') }
  await expect(fetchLibc(locked, mirrorOf('2.37', 'new'), true)).rejects.toThrow(
    'the Debian mirror no longer has libc6 2.36 for amd64 (hint: npm run images -- lock takes its current version)',
  )
})

test('bytes that are not the locked ones are refused, and not kept', async () => {
  const locked = { version: '2.36', sha256: sha256('libc') }
  await expect(fetchLibc(locked, mirrorOf('2.36', 'evil'))).rejects.toThrow('refused')
  await expect(fetchLibc(locked, noMirror)).rejects.toThrow('the mirror was asked')
})

test('a package that is not in the lock is an error', async () => {
  const lock = { debian: { amd64: {}, arm64: {} }, node }
  const fetched = fetchDebian(['libc6'], { cache, architecture: 'arm64', lock, lockedOnly: true, open: noMirror })
  await expect(fetched).rejects.toThrow('libc6 for arm64 is not locked (hint: npm run images -- lock)')
})
