import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, type TestContext } from 'vitest'
import { makeVolume, start } from './publish-processes.ts'
import { tagOf } from './publish-set.ts'

const uid = 12345
const fsGroup = 2000

function needRoot(context: TestContext): void {
  if (process.getuid?.() === 0) return
  if (process.env['CI']) throw new Error('only root can run as other users')
  context.skip('only root can run as other users')
}

test('a volume that is not ours: exit 6, naming the user and what to do', async (context) => {
  needRoot(context)
  const { volume } = makeVolume()
  chmodSync(volume, 0o755)
  for (const kind of ['files', 'folder', 'link']) {
    const run = start('publish-child.ts', [kind], { cwd: volume, uid, gid: 0 })
    run.say('tag')
    const { message, hint, exitCode } = JSON.parse(await run.nextLine())
    const what = kind === 'files' ? 'sub/a' : 'sub'
    expect(message).toBe(`cannot write ${what}: permission denied for uid ${uid}, gid 0`)
    expect(hint).toContain('run as the owner of the folder')
    expect(exitCode).toBe(6)
  }
  expect(readdirSync(volume)).toEqual([])
})

test('a volume with fsGroup: any user of the group can publish, and go on where another began', async (context) => {
  needRoot(context)
  const { volume } = makeVolume()
  chownSync(volume, 0, fsGroup)
  chmodSync(volume, 0o2775)
  for (const [index, user] of [uid, uid + 1].entries()) {
    const run = start('publish-child.ts', ['files'], { cwd: volume, uid: user, gid: fsGroup })
    run.say(`tag-${index}`)
    expect(await run.nextLine()).toBe('ok')
    expect(tagOf(join(volume, 'sub/c'))).toBe(`tag-${index}`)
  }
  expect(lstatSync(join(volume, 'sub'))).toMatchObject({ uid, gid: fsGroup, mode: 0o42775 })
  expect(lstatSync(join(volume, 'sub/a'))).toMatchObject({ uid: uid + 1, gid: fsGroup, mode: 0o100644 })
})

test("a sticky folder with another user's file among the set: all are as they were", async (context) => {
  needRoot(context)
  const { volume } = makeVolume()
  mkdirSync(join(volume, 'sub'))
  chmodSync(join(volume, 'sub'), 0o1777)
  for (const [name, owner] of [
    ['a', uid],
    ['b', uid + 1],
  ] as const) {
    writeFileSync(join(volume, 'sub', name), 'old')
    chownSync(join(volume, 'sub', name), owner, 0)
  }
  const run = start('publish-child.ts', ['files'], { cwd: volume, uid, gid: 0 })
  run.say('new')
  expect(JSON.parse(await run.nextLine()).message).toBe(`cannot write sub/b: operation not permitted for uid ${uid}`)
  expect(readdirSync(join(volume, 'sub')).toSorted()).toEqual(['a', 'b'])
  expect(readFileSync(join(volume, 'sub/a'), 'utf8')).toBe('old')
})

test('folders on the way that may be entered but not listed', async (context) => {
  needRoot(context)
  const { volume } = makeVolume()
  mkdirSync(join(volume, 'closed/open'), { recursive: true })
  chmodSync(join(volume, 'closed'), 0o711)
  chownSync(join(volume, 'closed/open'), uid, 0)
  const run = start('publish-child.ts', ['files', 'closed/open'], { cwd: volume, uid, gid: 0 })
  run.say('tag')
  expect(await run.nextLine()).toBe('ok')
})
