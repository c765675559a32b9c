import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeVolume, start } from './publish-processes.ts'
import { names, tagOf } from './publish-set.ts'

const rounds = 20

/** Every round, ten runs publish a set of their own at the same moment; returns the tags that the set then has. */
async function race(kind: string, within: (index: number) => string[]): Promise<string[][]> {
  const { volume } = makeVolume()
  const runs = Array.from({ length: 10 }, (_, index) =>
    start('publish-child.ts', [kind], { cwd: volume, within: within(index) }),
  )
  const ends: string[][] = []
  for (let round = 0; round < rounds; round++) {
    for (const [index, run] of runs.entries()) run.say(`${round}-${index}`)
    const answers = await Promise.all(runs.map((run) => run.nextLine()))
    const failed = answers.filter((answer) => answer !== 'ok')
    ends.push(failed.length > 0 ? failed : [...new Set(names.map((name) => tagOf(join(volume, 'sub', name))))])
  }
  return ends
}

/** One tag a round, of that round. */
const oneWinner = Array.from({ length: rounds }, (_, round) => [expect.stringMatching(new RegExp(`^${round}-\\d$`))])

test.for(['files', 'folder', 'link'])('ten runs publish %s at once: one of them wins as a whole', async (kind) => {
  expect(await race(kind, () => [])).toEqual(oneWinner)
})

test('runs of several containers too, which cannot see whether the other is alive', async (context) => {
  const within = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']
  const { status, stderr } = spawnSync('unshare', [...within.slice(1), 'true'], { encoding: 'utf8' })
  if (status !== 0) {
    const reason = `PID namespaces are not permitted here: ${stderr}`
    if (process.env['CI']) throw new Error(reason)
    context.skip(reason)
  }
  expect(await race('files', (index) => (index % 2 ? within : []))).toEqual(oneWinner)
})
