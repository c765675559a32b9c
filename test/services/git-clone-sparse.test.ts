import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runToolWith, type ToolRun, useVolume } from '@initbox/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sparse } from '../../tools/git-clone/src/checkout/sparse.ts'
import { tool } from '../../tools/git-clone/src/tool.ts'
import { listing } from './git-clone/listing.ts'
import { git, Repository, serveRepositories } from './git-clone/repositories.ts'

useVolume()

const paths = ['README', 'a.md', 'docs/a.md', 'docs/b.txt', 'docs/img/x.png', 'src/a/b/c.ts', 'src/a/b.ts', 'src/a.ts']
const site = new Repository()
let server: Awaited<ReturnType<typeof serveRepositories>>

beforeAll(async () => {
  for (const path of [...paths, 'lib/docs/y', 'lib/docs/z.md', 'lib/src/a/q.ts', 'x y/z', 'Docs/upper'])
    site.write(path, `${path}\n`)
  site
    .write('.gitattributes', '*.bat eol=crlf\n')
    .write('lib/.gitattributes', 'y ident\n')
    .write('lib/docs/y', '$Id$\n')
    .write('docs/run.bat', 'one\n')
    .write(Buffer.from('docs/caf\xe9', 'latin1'), 'bytes\n')
    .link('src/link', 'a.ts')
    .commit()
  server = await serveRepositories({ site })
})
afterAll(async () => {
  site.remove()
  await server?.stop()
})

const clone = (flags: readonly string[]): Promise<ToolRun> => runToolWith(tool, [`${server.httpUrl}site.git`, ...flags])

/** All that is in a clone of git's. */
const everything = (): string[] => checkedOut(['/*'], false)

/** What git leaves in a clone of the repository. */
function checkedOut(lines: readonly string[], isCone: boolean): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-sparse-'))
  try {
    git(folder, 'clone', '--quiet', '--no-checkout', '--depth', '1', `file://${site.folder}`, 'tree')
    const tree = join(folder, 'tree')
    git(tree, 'sparse-checkout', 'set', isCone ? '--cone' : '--no-cone', ...lines)
    git(tree, 'checkout', '--quiet')
    return listing(tree)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('git-clone --sparse', () => {
  test.each([
    ['a folder', ['docs'], true],
    ['a folder in another', ['src/a/b'], true],
    ['two, one in the other', ['lib', 'lib/docs'], true],
    ['a folder with a slash', ['src/a/'], true],
    ['a pattern', ['*.md'], false],
    ['all but a folder', ['/*', '!/docs/'], false],
    ['files of the top only', ['/*', '!/*/'], false],
    ['a folder anywhere', ['/README', 'docs/'], false],
    ['what comes after counts more', ['/src/**', '!b.ts', '/lib/*', '!lib/src'], false],
    ['a name with a blank', ['/x y/z'], false],
  ])('%s is what git takes', async (_, lines, isCone) => {
    const flags = lines.flatMap((line) => ['--sparse', line])
    const { code, log } = await clone([...flags, '--out', 'part'])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(listing('part')).toEqual(checkedOut(lines, isCone))
    expect(await clone([...flags, '--out', 'part'])).toMatchObject({ log: expect.stringContaining('already') })

    // The same as a repository, which git goes on with.
    expect(await clone([...flags, '--out', 'kept', '--keep-git'])).toMatchObject({ code: 0 })
    expect(listing('kept')).toEqual(listing('part'))
    expect(git('kept', 'status', '--porcelain')).toBe('')
    expect(git('kept', 'fsck', '--full', '--strict')).toBe('')
    const outermost = lines.filter((line) => !lines.some((other) => line.startsWith(`${other}/`)))
    const listed = isCone ? outermost.map((line) => line.replace(/\/$/, '')) : lines
    expect(git('kept', 'sparse-checkout', 'list').split('\n').toSorted()).toEqual(listed.toSorted())
    git('kept', 'sparse-checkout', 'reapply')
    expect(listing('kept')).toEqual(listing('part'))
    git('kept', 'sparse-checkout', 'disable')
    expect(listing('kept')).toEqual(everything())
    expect(git('kept', 'status', '--porcelain')).toBe('')
  })

  test('below --subpath, and attributes of folders that are left out', async () => {
    expect(await clone(['--subpath', 'lib', '--sparse', 'docs/', '--sparse', '!*.md', '--out', 'part'])).toMatchObject({
      code: 0,
    })
    expect(listing('part').map((line) => line.split(' ')[0])).toEqual(['docs/', 'docs/y'])
    expect(readFileSync('part/docs/y', 'latin1')).toMatch(/^\$Id: [\da-f]{40} \$\n$/)
  })

  test('what is not there', async () => {
    expect(await clone(['--sparse', '*.none'])).toMatchObject({
      code: 4,
      log: expect.stringContaining('matches no file'),
    })
    const { code, log } = await clone(['--sparse', 'dosc', '--sparse', 'docs'])
    expect([code, log]).toEqual([0, expect.stringContaining('--sparse names folders that the commit has not: dosc')])
    // git-sync#776: a file, where cone mode means folders.
    const file = await clone(['--sparse', 'docs/a.md', '--out', 'file'])
    expect(file.log).toContain('docs/a.md (a file: --sparse /docs/a.md takes it alone)')
    expect(await clone(['--sparse', '/docs/a.md', '--out', 'alone'])).toMatchObject({ code: 0 })
    expect(listing('alone').map((line) => line.split(' ')[0])).toEqual(['docs/', 'docs/a.md'])
    expect(await clone(['--sparse', '../etc'])).toMatchObject({ code: 2 })
  })
})

test('any patterns take what git takes', () => {
  const names = ['a', 'b', 'docs', 'src', 'lib', '*', '**', '*.md', 'a*', '?', '[a-c]*', 'x y']
  const pattern = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.constantFrom('', '/'),
      fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/'),
    )
    .map(([not, root, parts, end]) => `${not}${root}${parts.join('/')}${end}`)
  const all = git(site.folder, 'ls-files', '-z')
    .split('\0')
    .filter((path) => path !== '' && !path.includes('caf'))
  const folder = mkdtempSync(join(tmpdir(), 'initbox-sparse-'))
  try {
    git(folder, 'clone', '--quiet', '--depth', '1', `file://${site.folder}`, 'tree')
    const tree = join(folder, 'tree')
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 4 }), (lines) => {
        // The first line makes patterns of all of them.
        const whole = ['/none', ...lines]
        git(tree, 'sparse-checkout', 'set', '--no-cone', ...whole)
        const theirs = git(tree, 'ls-files', '-t', '-z')
          .split('\0')
          .filter((line) => line.startsWith('H ') && !line.includes('caf'))
        const { includes } = sparse(whole, '')
        expect(all.filter((path) => includes(path, false))).toEqual(theirs.map((line) => line.slice(2)))
      }),
      { numRuns: process.env['INITBOX_FULL'] === undefined ? 40 : 2_000 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
