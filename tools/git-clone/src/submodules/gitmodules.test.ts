import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { formatRemote, parseRemote } from '../remote/remote.ts'
import { parseGitConfig } from './git-config.ts'
import { parseGitmodules } from './gitmodules.ts'
import { parseRewrite, submoduleRemote } from './submodule-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'initbox-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What git itself reads. */
function gits(text: string): string[] {
  const file = join(folder, 'config')
  writeFileSync(file, text)
  const said = execFileSync('git', ['config', '--file', file, '--list', '--null'], { encoding: 'utf8', stdio: 'pipe' })
  return said.split('\0').filter((line) => line !== '')
}

describe('parseGitConfig reads as git does', () => {
  test.each([
    '[a]\nb = c\n',
    '[a]\n\tb = c # comment\n; another\n[d "E f"]\nG = "h # i"\\\n j',
    '[a]b=c\n[x]\ny\nz=\n',
    '[submodule "x\\"y\\\\z"]\r\n  path = a b  c  \r\n  url = "q\\"\\n\\t"end\r\n',
    '\ufeff[a]\nb=1\n',
    '[a.b]\nc = d;e\n',
  ])('%j', (text) => {
    const ours = parseGitConfig(text, 'file').map(({ section, subsection, name, value }) => {
      const whole = [section, subsection, name].filter((part) => part !== '').join('.')
      return `${whole}\n${value}`
    })
    // git tells a variable without a value by having no line end after its name.
    expect(ours).toEqual(gits(text).map((line) => (line.includes('\n') ? line : `${line}\ntrue`)))
  })

  test.each(['[a\n', '[ a ]\nb=c\n', '[a]\nb = "c\n', '[a]\nb = \\x\n', '[a]\n1b = c\n'])('%j is refused', (text) => {
    expect(() => gits(text)).toThrow('bad config line')
    expect(() => parseGitConfig(text, 'file')).toThrow(/^file of the repository cannot be read: line \d/)
  })

  const numRuns = process.env['INITBOX_FULL'] === undefined ? 20_000 : 300_000
  test(`and takes or refuses whatever comes, ${numRuns} cases`, () => {
    const part = fc.constantFrom('[', ']', '"', '\\', '\n', '=', ' ', '#', 'a', 'submodule', 'path', 'url', '\0', '-')
    const property = fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      try {
        parseGitmodules(Buffer.from(parts.join('')))
      } catch (error) {
        if (!(error instanceof ToolError)) throw error
      }
    })
    expect(() => fc.assert(property, { numRuns })).not.toThrow()
  })
})

test('a path that is named twice is refused', () => {
  const text = '[submodule "a"]\npath=x\nurl=u\n[submodule "b"]\npath=x\nurl=v\n'
  expect(() => parseGitmodules(Buffer.from(text))).toThrow('.gitmodules names the path x twice')
})

describe('submoduleRemote', () => {
  test.each([
    ['https://host/a/b.git', '../c.git', 'https://host/a/c.git'],
    ['https://host/a/b.git/', '../c', 'https://host/a/c'],
    ['https://host/a/b', './c', 'https://host/a/b/c'],
    ['https://host:8443/a/b.git?x=1', '../../c/d', 'https://host:8443/c/d'],
    ['https://u:p@host/a/b', '../c', 'https://host/a/c'],
    ['git@host:a/b.git', '../c.git', 'git@host:a/c.git'],
    ['git@host:a/b.git', '../../c/d.git', 'git@host:c/d.git'],
    ['ssh://git@host:2222/srv/a', '../b', 'ssh://git@host:2222/srv/b'],
    ['https://host/a', 'https://other/c.git', 'https://other/c.git'],
    ['https://host/a', 'ssh://git@other/c.git', 'git@other:/c.git'],
  ])('%s and %s', (parent, url, expected) => {
    expect(formatRemote(submoduleRemote(url, parseRemote(parent), []))).toBe(expected)
  })

  test.each([
    ['--upload-pack=touch /tmp/x', 'begins like an option'],
    ['-u', 'begins like an option'],
    ['/srv/secrets', 'is a path of this machine'],
    ['file:///etc', 'is a path of this machine'],
    ['ext::sh -c whoami', 'must be'],
    ['git://host/a', 'must begin with'],
    ['ftp://host/a', 'must begin with'],
    ['ssh://-oProxyCommand=x/a', 'must'],
    ['https://host/a\n', 'control characters'],
    ['c:\\repo', 'must'],
    ['../../../c', 'leads to no repository beside'],
    ['../..', 'leads to no repository beside'],
    ['../../-x', 'leads to no repository beside'],
    ['./a\nb', 'leads to no repository beside'],
  ])('%j is refused', (url, says) => {
    const error = ((): unknown => {
      try {
        return submoduleRemote(url, parseRemote('git@host:a/b'), [])
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ exitCode: 5, message: expect.stringContaining(says) })
  })

  test('rewrites: the longest beginning that fits', () => {
    const rewrites = ['git@host:=https://host/', 'git@host:own/=https://mirror/x/', 'git://=https://'].map(parseRewrite)
    const parent = parseRemote('https://host/a')
    expect(formatRemote(submoduleRemote('git@host:a/b.git', parent, rewrites))).toBe('https://host/a/b.git')
    expect(formatRemote(submoduleRemote('git@host:own/b.git', parent, rewrites))).toBe('https://mirror/x/b.git')
    expect(formatRemote(submoduleRemote('git://other/b', parent, rewrites))).toBe('https://other/b')
    for (const text of ['x', '=x', 'x=', 'git@host:=https://u:p@host/'])
      expect(() => parseRewrite(text)).toThrow('must')
  })
})
