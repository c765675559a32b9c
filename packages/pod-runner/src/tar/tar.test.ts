import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTar } from './read.ts'
import { writeTar, type TarEntry } from './write.ts'

const owner = { uid: 0, gid: 0 }

test('what is written can be read again, whatever names and owners there are', () => {
  const name = fc.stringMatching(/^[a-zé.]{1,40}$/).filter((part) => part !== '.' && part !== '..')
  const path = fc.array(name, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'))
  const entry: fc.Arbitrary<TarEntry> = fc
    .record({ path, mode: fc.nat(0o7777), uid: fc.nat(4_294_967_294), gid: fc.nat(4_294_967_294) })
    .chain((base) =>
      fc.oneof(
        fc
          .uint8Array({ maxLength: 2_000 })
          .map((bytes): TarEntry => ({ ...base, kind: 'file', content: Buffer.from(bytes) })),
        fc.constant<TarEntry>({ ...base, kind: 'folder' }),
        path.map((target): TarEntry => ({ ...base, kind: 'symlink', target })),
      ),
    )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const read = readTar(writeTar(entries))
      expect(
        read.map(({ content, target, path: readPath, ...rest }) => ({
          ...rest,
          path: readPath.replace(/\/$/, ''),
          ...(rest.kind === 'file' ? { content } : {}),
          ...(rest.kind === 'symlink' ? { target } : {}),
        })),
      ).toEqual(entries)
    }),
  )
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
