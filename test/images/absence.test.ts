import { toolNames } from '@initbox/build'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportedFiles, type ExportedFile } from './exported.ts'

describe.each(['base', ...toolNames()])('initbox/%s:dev', (name) => {
  let files: ReadonlyMap<string, ExportedFile> = new Map()
  beforeAll(async () => {
    files = await exportedFiles(`initbox/${name}:dev`)
  })
  const matching = (pattern: RegExp) => [...files.keys()].filter((path) => pattern.test(path))

  test('has no program but Node and the tool', () => {
    const programs = [...files]
      .filter(
        ([path, { kind, mode }]) =>
          kind === 'file' && (mode & 0o111) !== 0 && !/\/(lib|lib64)\/.*\.so[.\d]*$/.test(path),
      )
      .map(([path]) => path)
    const own = name === 'base' ? [] : [`/initbox/${name}.cjs`, '/initbox/start']
    expect(programs.toSorted()).toEqual([...own, '/nodejs/bin/node'].toSorted())
  })

  test('has no shell, npm, package manager or headers', () => {
    expect(matching(/\/(sh|bash|dash|ash|busybox)$/)).toEqual([])
    expect(matching(/\/(npm|npx|corepack|yarn|pnpm)$|\/node_modules(\/|$)/)).toEqual([])
    expect(matching(/bin\/(apt|apt-get|dpkg|rpm|apk)$/)).toEqual([])
    expect(matching(/\/include\/|\.map$/)).toEqual([])
  })

  test('has no setuid or setgid file', () => {
    expect([...files].filter(([, { mode }]) => (mode & 0o6000) !== 0)).toEqual([])
  })

  test('lets nobody but root write outside /init and /tmp', () => {
    const open = [...files]
      .filter(([, { kind, mode }]) => kind !== 'symlink' && (mode & 0o022) !== 0)
      .map(([path, { mode }]) => [path, mode])
    expect(open).toEqual([
      ['/init', 0o777],
      ['/tmp', 0o1777],
    ])
    expect([...files].filter(([, { uid, gid }]) => uid !== 0 || gid !== 0)).toEqual([])
  })

  test('carries the licence of everything in it', () => {
    const packages = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6']
    const licences = [...packages.map((each) => `/usr/share/doc/${each}/copyright`), '/usr/share/doc/nodejs/LICENSE']
    if (name !== 'base') licences.push(`/usr/share/doc/${name}/copyright`)
    expect(licences.filter((path) => files.get(path)?.kind !== 'file')).toEqual([])
    expect(matching(/\/common-licenses\/(GPL-3|LGPL-2\.1|MPL-2\.0|Apache-2\.0)$/)).toHaveLength(4)
  })
})
