import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { missingFileHint } from './missing-file.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'missing-file-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const hint = (path: string): string => missingFileHint(join(folder, path)).replaceAll(folder, '/templates')
const write = (...names: string[]): void => names.forEach((name) => writeFileSync(join(folder, name), ''))

test('no folder: most likely nothing is mounted', () => {
  expect(hint('none/page.tmpl')).toBe(
    'there is no folder /templates/none either, is its volume mounted in this container?',
  )
  write('file')
  expect(hint('file/page.tmpl')).toMatch(/^there is no folder /)
})

test('an empty folder, to which the links of the kubelet do not count', () => {
  mkdirSync(join(folder, '..2026_11_22'))
  symlinkSync('..2026_11_22', join(folder, '..data'))
  expect(hint('page.tmpl')).toBe('/templates is empty, is the right volume mounted there?')
})

test('a name that is near is offered as it would be written', () => {
  write('index.html.tmpl', 'other')
  expect(hint('index.html')).toBe('did you mean /templates/index.html.tmpl?')
  expect(hint('idnex.html.tmpl')).toBe('did you mean /templates/index.html.tmpl?')
})

test('else what there is, and not all of it', () => {
  write('c', 'b', 'a')
  expect(hint('page.tmpl')).toBe('/templates holds a, b, c')
  write('d', 'e', 'f', 'g')
  expect(hint('page.tmpl')).toBe('/templates holds a, b, c, d, e and 2 more')
})

test('a symlink that leads nowhere, such as an optional key', () => {
  symlinkSync('..data/page', join(folder, 'page'))
  expect(hint('page')).toBe('it is a symlink to something that is not there')
})

test('a relative path is looked for in the working directory', () => {
  expect(missingFileHint('none/x')).toBe(
    `there is no folder ${process.cwd()}/none either, is its volume mounted in this container?`,
  )
})
