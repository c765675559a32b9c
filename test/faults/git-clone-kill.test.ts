import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildTools, root } from '@initbox/build'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveGit, packAnswer } from '../../tools/git-clone/src/testing/git-server.ts'
import { blob, commit, idOf, pack, tree, whole, type GitObject } from '../../tools/git-clone/src/testing/objects.ts'
import { flush, pktLine } from '../../tools/git-clone/src/wire/pkt-line.ts'

const kills = process.env['INITBOX_FULL'] === undefined ? 20 : 200
const files = 200
const program = join(root, 'tools/git-clone/dist/git-clone.cjs')

beforeAll(() => buildTools(['git-clone']))

/** A commit of many files that all have the same word in them. */
function version(word: string): { readonly id: string; readonly fetch: Buffer } {
  const blobs = Array.from({ length: files }, (_, index) => blob(`${word} ${index}\n${'x'.repeat(2_000)}`))
  const top = tree(...blobs.map((each, index): [string, string, GitObject] => ['100644', `f${index}`, each]))
  const head = commit(top, word)
  return { id: idOf(head), fetch: packAnswer(pack([head, top, ...blobs].map((each) => whole(each)))) }
}

const versions = ['one', 'two'].map(version)
const servers: { url: string; close: () => void }[] = []
beforeAll(async () => {
  for (const { id, fetch } of versions) servers.push(await serveGit({ refs: pktLine(`${id} HEAD`) + flush, fetch }))
})
afterAll(() => servers.forEach(({ close }) => close()))

/** The words in a folder: one, unless it is a mixture or a part; none while there is no folder. */
function look(folder: string): string {
  const before = lstatSync(`${folder}/.`, { throwIfNoEntry: false })?.ino
  if (before === undefined) return 'absent'
  try {
    const names = readdirSync(folder)
    const words = new Set(names.map((name) => readFileSync(join(folder, name), 'utf8').split(' ')[0]))
    // Looked at while it was switched: what was read is of two folders.
    if (lstatSync(`${folder}/.`, { throwIfNoEntry: false })?.ino !== before) return 'switched'
    return words.size === 1 && names.length === files
      ? 'whole'
      : `a mixture: ${[...words].join(', ')} in ${names.length} files`
  } catch {
    return 'switched'
  }
}

test.for(['folder', 'symlink'])(
  `${kills} runs killed while they publish a %s: a reader sees the old tree or the new one`,
  async (publish) => {
    const volume = mkdtempSync(join(tmpdir(), 'initbox-kill-'))
    const run = (index: number) =>
      spawn(process.execPath, [program, servers[index % 2]?.url ?? '', '--out', 'site', '--publish', publish], {
        cwd: volume,
        stdio: 'ignore',
        env: {},
      })
    try {
      expect(await once(run(0), 'exit')).toEqual([0, null])
      const seen = new Map<string, number>()
      for (let kill = 1; kill <= kills; kill++) {
        const victim = run(kill)
        const gone = once(victim, 'exit')
        const moment = performance.now() + 40 + Math.random() * 200
        while (performance.now() < moment) {
          const state = look(join(volume, 'site'))
          seen.set(state, (seen.get(state) ?? 0) + 1)
          await sleep(1)
        }
        victim.kill('SIGKILL')
        await gone
      }
      // One of the two has something to publish, and removes what the killed ones left.
      for (const index of [0, 1]) expect(await once(run(index), 'exit')).toEqual([0, null])
      expect(look(join(volume, 'site'))).toBe('whole')
      expect([...seen.keys()].filter((state) => state.startsWith('a mixture'))).toEqual([])
      expect(seen.get('whole') ?? 0).toBeGreaterThan(kills)
      // A real folder is replaced by two renames.
      expect(publish === 'symlink' && seen.has('absent')).toBe(false)
      const left = readdirSync(volume).filter((name) => name.startsWith('.initbox-') && !name.endsWith('.tree'))
      expect(left.length).toBeLessThanOrEqual(publish === 'symlink' ? 2 : 0)
    } finally {
      rmSync(volume, { recursive: true })
    }
  },
)
