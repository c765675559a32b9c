import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type NewEntry, readTar, writeTar } from './index.ts'

const owner = { uid: 0, gid: 0 }

test('what is written can be read again, whatever names and owners there are', () => {
  const name = fc.stringMatching(/^[a-zé.]{1,40}$/).filter((part) => part !== '.' && part !== '..')
  const path = fc.array(name, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'))
  const entry: fc.Arbitrary<NewEntry> = fc
    .record({ path, mode: fc.nat(0o7777), uid: fc.nat(4_294_967_294), gid: fc.nat(4_294_967_294), mtime: fc.nat() })
    .chain((base) =>
      fc.oneof(
        fc
          .uint8Array({ maxLength: 2_000 })
          .map((bytes): NewEntry => ({ ...base, kind: 'file', content: Buffer.from(bytes) })),
        fc.constant<NewEntry>({ ...base, kind: 'folder' }),
        path.map((target): NewEntry => ({ ...base, kind: 'symlink', target })),
      ),
    )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const read = readTar(writeTar(entries))
      expect(
        read.map(({ content, target, path: readPath, flag: _flag, size: _size, ...rest }) => ({
          ...rest,
          path: readPath.replace(/\/$/, ''),
          ...(rest.kind === 'file' ? { content } : {}),
          ...(rest.kind === 'symlink' ? { target } : {}),
        })),
      ).toEqual(entries)
    }),
  )
})

test('of the beginning of an archive there is what is not cut off', () => {
  const archive = writeTar([
    { kind: 'symlink', path: 'l', mode: 0o777, target: 't' },
    { kind: 'file', path: 'f', mode: 0o644, content: Buffer.alloc(2_000, 'x') },
  ])
  const [link, file] = readTar(archive.subarray(0, 1_600), { partial: true })
  expect(link).toMatchObject({ kind: 'symlink', target: 't' })
  expect(file?.content.toString()).toBe('x'.repeat(1_600 - 1_024))
  expect(() => readTar(archive.subarray(0, 1_600))).toThrow('cut off')
})

test('tar itself reads it', () => {
  const long = 'folder/'.repeat(20)
  const archive = writeTar([
    { ...owner, gid: 1_000_650_000, kind: 'folder', path: 'v', mode: 0o2777 },
    { ...owner, kind: 'file', path: `v/${long}file`, mode: 0o640, content: Buffer.from('hello') },
    { ...owner, kind: 'symlink', path: 'v/link', mode: 0o777, target: `${long}file` },
  ])
  const { stdout } = spawnSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').replace(/\d{4}-\S+ \S+ /, ''))
  expect(lines).toEqual([
    'drwxrwsrwx 0/1000650000 0 v/',
    `-rw-r----- 0/0 5 v/${long}file`,
    `lrwxrwxrwx 0/0 0 v/link -> ${long}file`,
  ])
})
