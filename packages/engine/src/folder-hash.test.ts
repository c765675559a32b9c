import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderHash } from './folder-hash.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initbox-hash-'))
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a definition keeps its hash while nothing changes', () => {
  expect(folderHash(folder)).toMatch(/^[0-9a-f]{12}$/)
  expect(folderHash(folder)).toBe(folderHash(folder))
})

test.each<[string, () => void]>([
  ['a changed file', () => writeFileSync(join(folder, 'Dockerfile'), 'FROM other')],
  ['a new file', () => writeFileSync(join(folder, 'entrypoint.sh'), '')],
  ['a renamed file', () => renameSync(join(folder, 'Dockerfile'), join(folder, 'dockerfile'))],
])('%s changes the hash', (_what, change) => {
  const before = folderHash(folder)
  change()
  expect(folderHash(folder)).not.toBe(before)
})

test('another base changes the hash', () => {
  expect(folderHash(folder, 'one')).not.toBe(folderHash(folder, 'two'))
})
