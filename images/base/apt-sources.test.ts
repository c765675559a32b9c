import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { debianSources } from './apt-sources.ts'

let etc = ''
beforeEach(() => {
  etc = mkdtempSync(join(tmpdir(), 'initbox-apt-'))
  mkdirSync(join(etc, 'sources.list.d'))
})
afterEach(() => rmSync(etc, { recursive: true }))

test('deb822 stanzas lose their architecture, their comments and the suites of other releases', () => {
  writeFileSync(
    join(etc, 'sources.list.d/debian.sources'),
    [
      'Types: deb deb-src',
      '# a comment',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates trixie',
      'Components: main contrib',
      'Architectures: amd64',
      'Signed-By: /usr/share/keyrings/debian.gpg',
      '',
      'Types: deb',
      'URIs: http://vendor.example/apt',
      'Suites: bookworm',
      'Components: stable',
    ].join('\n'),
  )
  expect(debianSources(etc, '')).toBe(
    [
      'Types: deb',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      'Signed-By: /usr/share/keyrings/debian.gpg',
      '',
    ].join('\n'),
  )
})

test('one-line sources are understood, switched-off and foreign ones are left out', () => {
  writeFileSync(
    join(etc, 'sources.list'),
    [
      'deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm main',
      '# deb http://mirror.example/debian bookworm-updates main',
      'deb-src http://mirror.example/debian bookworm main',
      'deb http://security.example/debian-security bookworm-security main contrib',
      'deb http://vendor.example/debian bookworm stable',
    ].join('\n'),
  )
  expect(debianSources(etc, '').split('\n\n')).toEqual([
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /keys/debian.gpg',
    'Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\nComponents: main\n',
  ])
})

test('a machine without Debian 12 is told which variable helps, and the file in that variable is taken as it is', () => {
  expect(() => debianSources(etc, '')).toThrow('$INITBOX_APT_SOURCES')
  const own = join(etc, 'own.sources')
  writeFileSync(own, 'Types: deb\n')
  expect(debianSources(etc, own)).toBe('Types: deb\n')
})
