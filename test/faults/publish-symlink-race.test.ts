import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Folder } from '../../packages/core/src/publish/folder.ts'
import { removeQuietly } from '../../packages/core/src/publish/remove-tree.ts'
import { makeVolume, start } from './publish-processes.ts'

const duration = 2000

test.for(['files', 'folder', 'link'])('%s never go through a folder that is swapped for a symlink', async (kind) => {
  const { volume, outside } = makeVolume()
  mkdirSync(join(volume, 'sub'))
  const attacker = start('publish-attacker.ts', ['sub', outside], { cwd: volume })
  const publisher = start('publish-child.ts', [kind, kind === 'files' ? 'sub' : 'sub/site'], { cwd: volume })
  const answers = new Map<boolean, number>()
  for (const end = Date.now() + duration; Date.now() < end;) {
    publisher.say(String(Math.random()))
    const ok = (await publisher.nextLine()) === 'ok'
    answers.set(ok, (answers.get(ok) ?? 0) + 1)
  }
  const swaps = attacker.nextLine()
  await attacker.end()
  expect(Number(await swaps)).toBeGreaterThan(100)
  // Both happened, or the attack was none.
  expect([...answers.keys()].toSorted()).toEqual([false, true])
  expect(readdirSync(outside)).toEqual([])
})

test('removing a tree never goes through a folder that is swapped for a symlink', async () => {
  const { volume, outside } = makeVolume()
  const canaries = Array.from({ length: 20 }, (_, index) => `canary-${index}`)
  for (const canary of canaries) writeFileSync(join(outside, canary), 'alive')
  const attacker = start('publish-attacker.ts', ['leftover/sub', outside], { cwd: volume })
  const folder = Folder.open(volume)
  for (const end = Date.now() + duration; Date.now() < end;) {
    mkdirSync(join(volume, 'leftover/sub'), { recursive: true })
    for (const canary of canaries) writeFileSync(join(volume, 'leftover', canary), '')
    await removeQuietly(folder, 'leftover')
  }
  folder.close()
  const swaps = attacker.nextLine()
  await attacker.end()
  expect(Number(await swaps)).toBeGreaterThan(100)
  expect(canaries.map((canary) => readFileSync(join(outside, canary), 'utf8'))).toEqual(canaries.map(() => 'alive'))
})
