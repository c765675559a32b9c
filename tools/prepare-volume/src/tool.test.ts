import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runToolWith, useVolume, volumeEntries as entries } from '@initbox/testing'
import { tool } from './tool.ts'

useVolume()

const run = (...argv: string[]) => runToolWith(tool, argv)
const configured = (yaml: string, ...argv: string[]) => run(...argv, '--config', yaml)
/** Files, links and empty folders. */
const volumeEntries = (): string[] => {
  const all = entries()
  return all.filter((path) => !all.some((other) => other.startsWith(`${path}/`)))
}
const read = (path: string): string => readFileSync(path, 'utf8')
const mode = (path: string): number => lstatSync(path).mode & 0o7777

/** Another mount: `in` stands for it in configurations. */
let mount: string
beforeEach(() => void (mount = mkdtempSync(join(tmpdir(), 'prepare-volume-'))))
afterEach(() => rmSync(mount, { recursive: true, force: true }))

/** A ConfigMap as the kubelet mounts it. */
function configMap(files: Readonly<Record<string, string>>): void {
  mkdirSync(`${mount}/..2026_01`)
  symlinkSync('..2026_01', `${mount}/..data`)
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`${mount}/..2026_01/${name}`, content)
    symlinkSync(`..data/${name}`, `${mount}/${name}`)
  }
}

test('all of it in one run, and a second run writes nothing and says so', async () => {
  configMap({ 'app.conf': 'a=1', 'other.conf': 'b=2' })
  mkdirSync('cache')
  for (const name of ['a.tmp', 'b.tmp', 'keep']) writeFileSync(`cache/${name}`, 'x')
  const yaml = `
folders:
  - cache
  - {path: run/lock, mode: "0770"}
copies:
  - ${mount} -> conf
links:
  - current -> conf/app.conf
files:
  - {path: run/ready, mode: "0600"}
remove: [cache/*.tmp]
`
  expect(await configured(yaml)).toMatchObject({
    code: 0,
    log: `made folder run/lock, copied 2 files from ${mount} to conf, made link current and 2 more; 1 of 6 steps were done already`,
  })
  expect(volumeEntries()).toEqual([
    'cache/keep',
    'conf/app.conf',
    'conf/other.conf',
    'current',
    'run/lock',
    'run/ready',
  ])
  expect([mode('run/lock'), mode('run/ready'), read('conf/app.conf'), readlinkSync('current')]).toEqual([
    0o770,
    0o600,
    'a=1',
    'conf/app.conf',
  ])
  const before = statSync('conf/app.conf')
  expect(await configured(yaml)).toMatchObject({ code: 0, log: 'nothing to do: all 6 steps are done already' })
  expect(statSync('conf/app.conf')).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
})

test('plan says what would be done, and does nothing', async () => {
  configMap({ 'app.conf': 'a=1' })
  const { code, log } = await run('plan', '--folder', 'cache:0770', '--copy', `${mount} -> conf`, '--link', 'l -> conf')
  expect({ code, log }).toEqual({ code: 0, log: '3 changes to make, and nothing was written' })
  expect(volumeEntries()).toEqual([])
})

test('a copy that is there is merged: what changed is written, what is foreign stays', async () => {
  mkdirSync(`${mount}/sub`)
  writeFileSync(`${mount}/a`, 'one')
  writeFileSync(`${mount}/sub/tool`, '#!', { mode: 0o755 })
  symlinkSync('a', `${mount}/link`)
  await run('--copy', `${mount} -> conf`)
  expect([mode('conf/sub/tool'), readlinkSync('conf/link')]).toEqual([0o755, 'a'])
  writeFileSync('conf/theirs', 'x')
  writeFileSync(`${mount}/a`, 'two')
  writeFileSync(`${mount}/sub/new`, 'x')
  expect(await run('--copy', `${mount} -> conf`)).toMatchObject({ log: `copied 2 files from ${mount} to conf` })
  expect(volumeEntries()).toEqual(['conf/a', 'conf/link', 'conf/sub/new', 'conf/sub/tool', 'conf/theirs'])
  expect(read('conf/a')).toBe('two')
})

test('the root of the volume can be copied to', async () => {
  writeFileSync(`${mount}/a`, 'x')
  mkdirSync('lost+found')
  expect(await run('--copy', `${mount} -> .`)).toMatchObject({ code: 0 })
  expect(volumeEntries()).toEqual(['a', 'lost+found'])
})

test.each([
  ['. -> backup', '.', 'backup'],
  ['. -> deep/backup', '.', 'deep/backup'],
  ['data -> data/old', 'data', 'data/old'],
  ['link -> data/old', 'link', 'data/old'],
  ['* -> data/old', 'data', 'data/old/data'],
])('a folder is not copied into itself: %s', async (copy, from, to) => {
  mkdirSync('data')
  writeFileSync('data/a', 'a')
  if (from === 'link') symlinkSync('data', 'link')
  const before = volumeEntries()
  const refused = { code: 2, log: expect.stringContaining(`cannot copy ${from} into itself: ${to} lies in it`) }
  expect(await run('--copy', copy)).toMatchObject(refused)
  expect(await run('plan', '--copy', copy)).toMatchObject(refused)
  expect(volumeEntries()).toEqual(before)
})

test('a pattern that finds its own result when it runs again passes it over', async () => {
  mkdirSync('data')
  writeFileSync('data/a', 'a')
  expect(await run('--copy', '* -> backup')).toMatchObject({ code: 0 })
  expect(await run('--copy', '* -> backup')).toMatchObject({ log: 'nothing to do: all 1 steps are done already' })
  expect(volumeEntries()).toEqual(['backup/data/a', 'data/a'])
})

test.each([
  ['--copy', 'MOUNT/*.txt -> loop'],
  ['--copy', 'MOUNT/a.txt -> loop/a'],
  ['--copy', 'MOUNT -> loop/tree'],
  ['--file', 'loop/a'],
  ['--folder', 'loop/a'],
  ['--link', 'loop/a -> b'],
])('a loop of symlinks on the way is told in words: %s %s', async (flag, value) => {
  writeFileSync(`${mount}/a.txt`, 'a')
  symlinkSync('loop', 'loop')
  expect(await run(flag, value.replace('MOUNT', mount))).toMatchObject({
    code: 6,
    log: expect.stringMatching(/^error: cannot write loop.*: 'loop' on the way is a symlink/),
  })
  expect(volumeEntries()).toEqual(['loop'])
})

test('one file, and a pattern', async () => {
  configMap({ 'a.yaml': 'a', 'b.yaml': 'b', 'c.txt': 'c' })
  expect(await run('--copy', `${mount}/c.txt -> renamed.txt`, '--copy', `${mount}/*.yaml -> conf.d`)).toMatchObject({
    code: 0,
    log: `copied 1 file from ${mount}/c.txt to renamed.txt, copied 2 files from ${mount}/*.yaml to conf.d`,
  })
  expect(volumeEntries()).toEqual(['conf.d/a.yaml', 'conf.d/b.yaml', 'renamed.txt'])
  expect(await run('--copy', `${mount}/*.json -> conf.d`)).toMatchObject({
    code: 4,
    log: `error: nothing matches ${mount}/*.json (hint: is the right volume mounted there?)`,
  })
})

test.each([
  ['absent', 'edited'],
  ['changed', 'source'],
  ['always', 'source'],
])('--when %s leaves %j in a file that the application edited', async (when, content) => {
  writeFileSync(`${mount}/a`, 'source')
  await run('--copy', `${mount}/a -> a`)
  writeFileSync('a', 'edited')
  await run('--copy', `${mount}/a -> a`, '--when', when)
  expect(read('a')).toBe(content)
})

test('only --when always sees another content of the same size and time', async () => {
  writeFileSync(`${mount}/a`, 'source')
  await run('--copy', `${mount}/a -> a`)
  const { atimeMs, mtimeMs } = statSync('a')
  writeFileSync('a', 'edited')
  utimesSync('a', atimeMs / 1_000, mtimeMs / 1_000)
  expect(await run('--copy', `${mount}/a -> a`)).toMatchObject({ log: 'nothing to do: all 1 steps are done already' })
  await run('--copy', `${mount}/a -> a`, '--when', 'always')
  expect(read('a')).toBe('source')
})

test.each([
  ['a symlink that leads out', () => symlinkSync('/etc/passwd', `${mount}/link`), 'it is a symlink that leads out'],
  ['one that climbs out', () => symlinkSync('../../etc', `${mount}/link`), 'it is a symlink that leads out'],
  ['a pipe', () => void spawnSync('mkfifo', [`${mount}/pipe`]), 'it is a device, pipe or socket'],
])('%s in a source is refused, and nothing stays', async (_, make, message) => {
  writeFileSync(`${mount}/a`, 'x')
  make()
  const { code, log } = await run('--copy', `${mount} -> conf`)
  expect(log).toContain(message)
  expect(code).toBe(5)
  expect(volumeEntries()).toEqual([])
})

test('removal takes what the pattern names and nothing else, symlinks as such', async () => {
  for (const folder of ['cache/deep/er', 'lost+found', '.hidden']) mkdirSync(folder, { recursive: true })
  for (const file of ['cache/a.tmp', 'cache/deep/er/b.tmp', 'cache/c.txt', '.hidden/d.tmp', 'lost+found/e.tmp'])
    writeFileSync(file, 'x')
  writeFileSync(`${mount}/f.tmp`, 'x')
  symlinkSync(mount, 'cache/outside')
  symlinkSync(`${mount}/f.tmp`, 'cache/link.tmp')
  expect(await run('--remove', '**/*.tmp')).toMatchObject({ code: 0, log: 'removed 3 of **/*.tmp' })
  expect(volumeEntries()).toEqual([
    '.hidden/d.tmp',
    'cache/c.txt',
    'cache/deep/er',
    'cache/outside/f.tmp',
    'lost+found/e.tmp',
  ])
  expect(read(`${mount}/f.tmp`)).toBe('x')
  await run('--remove', 'cache')
  expect(volumeEntries()).toEqual(['.hidden/d.tmp', 'lost+found/e.tmp'])
  expect(read(`${mount}/f.tmp`)).toBe('x')
})

test('a file that is there keeps its content', async () => {
  writeFileSync('state', 'theirs')
  expect(await run('--file', 'state')).toMatchObject({ log: 'nothing to do: all 1 steps are done already' })
  expect(read('state')).toBe('theirs')
})

test.each<[code: number, argv: string[], message: string]>([
  [2, [], 'there is nothing to do'],
  [2, ['check'], 'there is nothing to check'],
  [2, ['--copy', '/a'], "--copy (PREPARE_VOLUME_COPY) must be like '/config -> conf', not '/a'"],
  [2, ['--folder', '../a'], "must not contain '..'"],
  [2, ['--folder', 'a:99'], 'must be a file mode such as 0644'],
  [2, ['--remove', '/etc/*'], 'must lie below the volume'],
  [2, ['--remove', '**'], 'must not name the volume itself'],
  [2, ['--link', 'a -> ../../b'], 'the link a leads out of the volume'],
  [2, ['--link', 'a -> /etc'], 'has an absolute target'],
  [2, ['--link', 'l -> l'], 'the link l leads back to itself'],
  [2, ['--link', 'a/b -> ../c', '--link', 'd -> a/b', '--link', 'c -> ./d'], 'the link a/b leads back to itself'],
  [
    4,
    ['--link', 'nonexistent/l -> m', '--link', '/nonexistent/m -> l', '--copy', '/nonexistent/a -> b'],
    'there is no such file',
  ],
  [2, ['--owner', 'app'], 'must be two numbers, uid:gid'],
  [2, ['--sysctl', 'vm.x~1'], 'must be like vm.max_map_count>=262144'],
  [2, ['--config', 'folder: [a]\n'], 'line 1, column 1: folder is unknown, did you mean folders?'],
  [2, ['--config', 'links: [{path: a, target: ../b}]\n'], 'the link a leads out of the volume'],
  [4, ['--config', 'none.yaml'], 'cannot read none.yaml (--config (PREPARE_VOLUME_CONFIG)): there is no such file'],
  [4, ['--copy', '/nonexistent/a -> b'], 'cannot read /nonexistent/a: there is no such file'],
  [6, ['--file', 'a/b'], "'a' on the way is not a folder"],
])('exit %i of %j', async (code, argv, message) => {
  writeFileSync('a', '')
  const ended = await run(...argv)
  expect(ended.log).toContain(message)
  expect(ended.code).toBe(code)
  expect(volumeEntries()).toEqual(['a'])
})

test('checks that hold', async () => {
  const { code, log } = await run(
    'check',
    '--free',
    '1k',
    '--inodes',
    '1',
    '--writable',
    '--sysctl',
    'kernel.pid_max>=1',
  )
  expect({ code, log }).toEqual({ code: 0, log: '4 checks: all is well' })
})

test('all checks that fail are told at once, with what to change, before anything is written', async () => {
  const yaml = `
folders: [cache]
checks:
  free: 8000Ti
  sysctls: [vm.max_map_count>=999999999, kernel.none=1]
  mountOptions: ["!rw"]
`
  const { code, log } = await configured(yaml)
  expect(code).toBe(5)
  expect(log).toMatch(
    /^error: 4 of 4 checks do not hold: \S+ has [\d.]+ .?B free, not [\d.]+ TB \(raise the emptyDir's sizeLimit or the claim's size\); the volume is mounted with rw; vm\.max_map_count is \d+, not >=999999999 \(set it on the node: sysctl -w vm\.max_map_count=999999999\); this kernel has no setting kernel\.none$/,
  )
  expect(volumeEntries()).toEqual([])
})

test('the set-gid bit of fsGroup goes down into what is copied', async () => {
  chmodSync('.', 0o2775)
  mkdirSync(`${mount}/sub`)
  await run('--folder', 'cache', '--copy', `${mount} -> conf`)
  expect([mode('cache') & 0o2000, mode('conf') & 0o2000]).toEqual([0o2000, 0o2000])
})

test.runIf(process.getuid?.() === 0).each([
  ['--file', 'closed/a', 'closed/a'],
  ['--copy', '/etc/hostname -> closed/a', 'closed/a'],
  ['--remove', 'closed/*', 'closed'],
  ['--remove', '**/*.tmp', 'closed'],
  ['--remove', '*.tmp', '\\.'],
])('a folder of another user is told in words: %s %s', async (flag, value, path) => {
  mkdirSync('closed', { mode: 0o700 })
  chmodSync('.', path === '\\.' ? 0o700 : 0o755)
  process.seteuid?.(65_534)
  try {
    expect(await run(flag, value)).toMatchObject({
      code: 6,
      log: expect.stringMatching(new RegExp(`^error: .*${path}: permission denied`)),
    })
  } finally {
    process.seteuid?.(0)
  }
})
