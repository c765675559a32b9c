import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { complete, packTar, type Entry } from './entries.ts'

const file = (path: string, content = ''): Entry => ({ path, mode: 0o644, kind: 'file', content: Buffer.from(content) })

test('GNU tar reads names, modes, links and contents as they were meant', () => {
  const archive = packTar([
    { path: 'tmp', mode: 0o1777, kind: 'folder' },
    { path: 'bin/tool', mode: 0o777, kind: 'symlink', target: '/app/tool.cjs' },
    file('app/tool.cjs', 'x'.repeat(513)),
  ])
  const listing = execFileSync('tar', ['-tvf', '-', '--numeric-owner'], {
    input: archive,
    encoding: 'utf8',
    env: { TZ: 'UTC', PATH: process.env['PATH'] },
  })
  expect(
    listing
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ')),
  ).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 app/',
    '-rw-r--r-- 0/0 513 1970-01-01 00:00 app/tool.cjs',
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/tool -> /app/tool.cjs',
    'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
  ])
  expect(execFileSync('tar', ['-xOf', '-', 'app/tool.cjs'], { input: archive, encoding: 'utf8' })).toBe('x'.repeat(513))
})

test('the order in which entries are given does not matter', () => {
  const entries = [file('b/c'), file('a'), file('b/a')]
  expect(packTar(entries.toReversed())).toEqual(packTar(entries))
  expect(complete(entries).map(({ path }) => path)).toEqual(['a', 'b', 'b/a', 'b/c'])
})

test('a long path is split between name and prefix, and one that does not fit is refused', () => {
  const path = `${'folder/'.repeat(20)}file`
  expect(execFileSync('tar', ['-tf', '-'], { input: packTar([file(path)]), encoding: 'utf8' })).toContain(`${path}\n`)
  expect(() => packTar([file('x'.repeat(101))])).toThrow('path too long')
})

test('a long target of a link is whole', () => {
  const target = `/${'folder/'.repeat(20)}file`
  const archive = packTar([{ path: 'link', mode: 0o777, kind: 'symlink', target }])
  expect(execFileSync('tar', ['-tvf', '-'], { input: archive, encoding: 'utf8' })).toContain(` link -> ${target}\n`)
})

test('two entries with one path are an error', () => {
  expect(() => packTar([file('a'), file('a')])).toThrow('two entries want a')
})
