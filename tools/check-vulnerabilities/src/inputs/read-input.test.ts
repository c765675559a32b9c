import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { parseInput, readInput } from './read-input.ts'

useVolume()

function read(files: Readonly<Record<string, string>>, input = Object.keys(files)[0] ?? '') {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const { components, unknown } = readInput(parseInput(input))
  return { found: components.map(({ ecosystem, name, version }) => `${ecosystem} ${name} ${version}`), unknown }
}

const json = JSON.stringify
const debian = 'ID=debian\nVERSION_ID="12"\n'

test.each<[string, Readonly<Record<string, string>>, string[], string[]?]>([
  [
    'CycloneDX, also components in components',
    {
      'any.json': json({
        bomFormat: 'CycloneDX',
        components: [
          {
            type: 'library',
            name: 'core',
            purl: 'pkg:npm/%40angular/core@12.0.0',
            components: [{ name: 'x', purl: 'pkg:pypi/Flask_Login@0.6' }],
          },
          { type: 'library', name: 'gin', purl: 'pkg:golang/github.com/gin-gonic/gin@v1.8.0?type=module' },
          {
            type: 'library',
            name: 'libssl3',
            purl: 'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
          },
          { type: 'library', name: 'node', purl: 'pkg:generic/node@24.0.0' },
          { type: 'operating-system', name: 'debian' },
        ],
      }),
    },
    [
      'npm @angular/core 12.0.0',
      'PyPI flask-login 0.6',
      'Go github.com/gin-gonic/gin 1.8.0',
      'Debian:12 openssl 3.0.9-1',
    ],
    ['node'],
  ],
  [
    'SPDX',
    {
      'a.json': json({
        spdxVersion: 'SPDX-2.3',
        packages: [
          {
            name: 'lodash',
            externalRefs: [
              { referenceType: 'cpe23Type' },
              { referenceType: 'purl', referenceLocator: 'pkg:npm/lodash@4.17.11' },
            ],
          },
          { name: 'the-image' },
        ],
      }),
    },
    ['npm lodash 4.17.11'],
    ['the-image'],
  ],
  [
    'package-lock.json 3: nested, scoped, alias, link, git',
    {
      'package-lock.json': json({
        lockfileVersion: 3,
        packages: {
          '': { name: 'app', version: '1.0.0' },
          'node_modules/a': { version: '1.0.0' },
          'node_modules/a/node_modules/@s/b': { version: '2.0.0' },
          'node_modules/short': { name: 'lodash', version: '4.17.11' },
          'node_modules/own': { link: true, resolved: 'packages/own' },
          'packages/own': { version: '0.0.1' },
          'node_modules/g': { version: 'git+ssh://x/y.git#abc' },
        },
      }),
    },
    ['npm a 1.0.0', 'npm @s/b 2.0.0', 'npm lodash 4.17.11'],
    ['g'],
  ],
  [
    'package-lock.json 1',
    {
      'package-lock.json': json({
        lockfileVersion: 1,
        dependencies: {
          a: { version: '1.0.0', dependencies: { b: { version: '2.0.0' } } },
          c: { version: 'npm:lodash@4.17.11' },
        },
      }),
    },
    ['npm a 1.0.0', 'npm b 2.0.0', 'npm lodash 4.17.11'],
  ],
  [
    'pnpm-lock.yaml 5, 6 and 9',
    {
      'pnpm-lock.yaml':
        'lockfileVersion: 5.4\npackages:\n  /lodash/4.17.11: {}\n  /@s/b/2.0.0_react@18.0.0: {}\n  /c@3.0.0(react@18.0.0): {}\n  d@4.0.0: {}\n  "@s/e@5.0.0-rc.1": {}\n  f@file:../f: {}\n',
    },
    ['npm lodash 4.17.11', 'npm @s/b 2.0.0', 'npm c 3.0.0', 'npm d 4.0.0', 'npm @s/e 5.0.0-rc.1'],
    ['f@file:../f'],
  ],
  [
    'pnpm-lock.yaml of several documents (osv-scanner#3080)',
    { 'pnpm-lock.yaml': '---\npackages:\n  pnpm@11.0.0: {}\n---\npackages:\n  minimist@1.2.0: {}\n' },
    ['npm pnpm 11.0.0', 'npm minimist 1.2.0'],
  ],
  [
    'yarn.lock with everything between quotes (osv-scanner#102), and an entry without a version',
    {
      'yarn.lock':
        '# yarn lockfile v1\n\n"word-wrap@^1.2.3":\n  "resolved" "x"\n  "version" "1.2.3"\n\nbroken@1:\n  resolved "y"\n',
    },
    ['npm word-wrap 1.2.3'],
    ['broken'],
  ],
  [
    'yarn.lock of Yarn 1',
    {
      'yarn.lock':
        '# yarn lockfile v1\n\n"@s/b@^2.0.0", "@s/b@~2":\n  version "2.0.1"\n  dependencies:\n    version "9"\n\nlodash@^4:\n  version "4.17.11"\n\nshort@npm:minimist@1:\n  version "1.2.0"\n',
    },
    ['npm @s/b 2.0.1', 'npm lodash 4.17.11', 'npm minimist 1.2.0'],
  ],
  [
    'yarn.lock of Yarn 4',
    {
      'yarn.lock':
        '__metadata:\n  version: 8\n\n"@s/b@npm:^2.0.0":\n  version: 2.0.1\n  resolution: "@s/b@npm:2.0.1"\n\n"app@workspace:.":\n  version: 0.0.0-use.local\n\n"short@npm:minimist@1":\n  version: 1.2.0\n',
    },
    ['npm @s/b 2.0.1', 'npm minimist 1.2.0'],
  ],
  [
    'go.mod: blocks, one line, replace, toolchain',
    {
      'go.mod':
        'module x\n\ngo 1.20\ntoolchain go1.20.3\nrequire golang.org/x/net v0.7.0\nrequire (\n\ta.b/c v1.0.0 // indirect\n\ta.b/d v2.0.0+incompatible\n\ta.b/e v1.0.0\n)\nreplace a.b/c => a.b/f v1.1.0\nreplace (\n\ta.b/e => ./e\n)\n',
    },
    ['Go golang.org/x/net 0.7.0', 'Go a.b/d 2.0.0+incompatible', 'Go a.b/f 1.1.0', 'Go stdlib 1.20.3'],
  ],
  [
    'go.sum: modules, not only their go.mod',
    { 'go.sum': 'a.b/c v1.0.0 h1:x=\na.b/c v1.0.0/go.mod h1:y=\na.b/d v0.9.0/go.mod h1:z=\n' },
    ['Go a.b/c 1.0.0'],
  ],
  [
    'requirements.txt',
    {
      'requirements.txt':
        '# made by pip-compile\n-r base.txt\nJinja2==2.10 \\\n    --hash=sha256:abc\nrequests[socks]==2.31.0 ; python_version >= "3.8"\ndjango>=3  # any\n',
    },
    ['PyPI jinja2 2.10', 'PyPI requests 2.31.0'],
    ['django>=3'],
  ],
  [
    'poetry.lock and uv.lock',
    {
      'uv.lock':
        'version = 1\n[[package]]\nname = "app"\nversion = "0.1.0"\nsource = { editable = "." }\n[[package]]\nname = "Jinja2"\nversion = "2.10"\nsource = { registry = "x" }\n',
    },
    ['PyPI jinja2 2.10'],
  ],
  [
    'Cargo.lock',
    {
      'Cargo.lock':
        'version = 3\n[[package]]\nname = "app"\nversion = "0.1.0"\n[[package]]\nname = "time"\nversion = "0.1.44"\nsource = "registry+x"\n',
    },
    ['crates.io time 0.1.44'],
  ],
  [
    "dpkg's data base, by source package",
    {
      'image/var/lib/dpkg/status':
        'Package: libc6\nStatus: install ok installed\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: tar\nStatus: install ok installed\nVersion: 1.34\n',
      'image/etc/os-release': debian,
    },
    ['Debian:12 glibc 2.36-9', 'Debian:12 tar 1.34'],
  ],
  [
    "apk's data base",
    {
      'image/lib/apk/db/installed': 'C:Q1abc\nP:libcrypto3\nV:3.3.0-r2\no:openssl\n\nC:Q1def\nP:zlib\nV:1.3-r0\n',
      'image/usr/lib/os-release': 'ID=alpine\nVERSION_ID=3.20.1\n',
    },
    ['Alpine:v3.20 openssl 3.3.0-r2', 'Alpine:v3.20 zlib 1.3-r0'],
  ],
])('%s', (_, files, found, unknown = []) => {
  expect(read(files)).toEqual({ found, unknown })
})

test.each<[string, Readonly<Record<string, string>>, string, number]>([
  [
    'names no package',
    { 'bom.json': json({ bomFormat: 'CycloneDX', components: [] }) },
    'cannot read bom.json as cyclonedx: it names no package, so nothing was checked',
    5,
  ],
  [
    'names nothing that can be checked',
    { 'bom.json': json({ bomFormat: 'CycloneDX', components: [{ name: 'node', purl: 'pkg:generic/node@1' }] }) },
    'cannot read bom.json as cyclonedx: it names nothing that can be checked, but 1 without a version or of an unknown kind',
    5,
  ],
  [
    'is cut off',
    { 'package-lock.json': '{"lockfileVersion": 3, "packages": {' },
    'cannot read package-lock.json as package-lock: it is not JSON',
    5,
  ],
  ['is no TOML', { 'Cargo.lock': '[[package' }, 'cannot read Cargo.lock as cargo-lock: it is not TOML', 5],
  [
    'is nested absurdly',
    { 'bom.json': `{"bomFormat": "CycloneDX", "components": ${'['.repeat(200_000)}` },
    'cannot read bom.json as cyclonedx: it',
    5,
  ],
  [
    'has an absurd version',
    { 'go.mod': `require a v${'9'.repeat(10_000)}` },
    'a package of Go has a name or version of more than 512 characters',
    5,
  ],
  ['cannot be told', { 'things.txt': 'a' }, 'cannot tell what things.txt is', 2],
  [
    'has no release beside it',
    { 'x/var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nVersion: 1\n' },
    'cannot tell the release: there is no x/etc/os-release',
    4,
  ],
  [
    'is of a release that nobody knows',
    {
      'x/var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nVersion: 1\n',
      'x/etc/os-release': 'ID=arch\n',
    },
    'its os-release names no release of Debian, Ubuntu or Alpine, but arch',
    5,
  ],
])('a file that %s', (_, files, message, exitCode) => {
  expect(() => read(files)).toThrow(expect.objectContaining({ message: expect.stringContaining(message), exitCode }))
})

test('the kind may be said', () => {
  expect(read({ 'deps.txt': 'jinja2==2.10\n' }, 'requirements:deps.txt').found).toEqual(['PyPI jinja2 2.10'])
  expect(() => parseInput('zip:deps.txt')).toThrow("is of no known kind: 'zip'")
})

test('texts made to keep patterns busy are read at once', () => {
  const slashes = '/'.repeat(1_000_000)
  const bill = (purl: string): string =>
    json({
      bomFormat: 'CycloneDX',
      components: [
        { name: 'a', purl },
        { name: 'b', purl: 'pkg:npm/b@1.0.0' },
      ],
    })
  expect(read({ 'bom.json': bill(`pkg:npm/${slashes}`) })).toEqual({ found: ['npm b 1.0.0'], unknown: ['a'] })
  const spaces = ' '.repeat(200_000)
  expect(read({ 'requirements.txt': `a==1.0${spaces}x\nb==2.0\n${spaces}\n` }).found).toContain('PyPI b 2.0')
  expect(read({ 'yarn.lock': `# yarn lockfile v1\n${'@'.repeat(200_000)}:\nb@1:\n  version "2.0"\n` }).found).toEqual([
    'npm b 2.0',
  ])
})
