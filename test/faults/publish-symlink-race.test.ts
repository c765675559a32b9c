import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { systemCode } from '@initbox/core'
import { Folder } from '../../packages/core/src/publish/folder.ts'
import { removeQuietly } from '../../packages/core/src/publish/remove-tree.ts'
import { makeVolume, start, type Running } from './publish-processes.ts'

const duration = 2000

/** Starts the attack and returns when it has begun: on a busy machine that can take longer than the test. */
async function attack(volume: string, folder: string, outside: string): Promise<Running> {
  const attacker = start('publish-attacker.ts', [folder, outside], { cwd: volume })
  await attacker.nextLine()
  return attacker
}

test.for(['files', 'folder', 'link'])('%s never go through a folder that is swapped for a symlink', async (kind) => {
  const { volume, outside } = makeVolume()
  mkdirSync(join(volume, 'sub'))
  const attacker = await attack(volume, 'sub', outside)
  const publisher = start('publish-child.ts', [kind, kind === 'files' ? 'sub' : 'sub/site'], { cwd: volume })
  const answers = new Set<boolean>()
  // Until both have happened, or the attack was none.
  for (const end = Date.now() + duration; Date.now() < end || answers.size < 2;) {
    publisher.say(String(Math.random()))
    answers.add((await publisher.nextLine()) === 'ok')
  }
  const swaps = attacker.nextLine()
  await attacker.end()
  expect(Number(await swaps)).toBeGreaterThan(100)
  expect(readdirSync(outside)).toEqual([])
})

test('removing a tree never goes through a folder that is swapped for a symlink', async () => {
  const { volume, outside } = makeVolume()
  const canaries = Array.from({ length: 20 }, (_, index) => `canary-${index}`)
  for (const canary of canaries) writeFileSync(join(outside, canary), 'alive')
  const attacker = await attack(volume, 'leftover/sub', outside)
  const folder = Folder.open(volume)
  for (const end = Date.now() + duration; Date.now() < end;) {
    makeUnderAttack(join(volume, 'leftover/sub'))
    for (const canary of canaries) writeFileSync(join(volume, 'leftover', canary), '')
    await removeQuietly(folder, 'leftover')
  }
  folder.close()
  const swaps = attacker.nextLine()
  await attacker.end()
  expect(Number(await swaps)).toBeGreaterThan(100)
  expect(canaries.map((canary) => readFileSync(join(outside, canary), 'utf8'))).toEqual(canaries.map(() => 'alive'))
})

/** The attacker moves folders about while mkdir looks at them; then there is one all the same, or there is next time. */
function makeUnderAttack(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true })
  try {
    mkdirSync(folder)
  } catch (error) {
    if (!['EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error
  }
}
