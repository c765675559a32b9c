import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeVolume, start } from './publish-processes.ts'
import { names, tagOf } from './publish-set.ts'

const kills = 40

test.for(['files', 'folder', 'link'])(
  `${kills} runs killed while they publish %s: a reader sees old or new, and the next run makes it whole`,
  async (kind) => {
    const { volume } = makeVolume()
    const good = start('publish-child.ts', [kind], { cwd: volume })
    const publish = async (tag: string) => {
      good.say(tag)
      expect(await good.nextLine()).toBe('ok')
    }
    await publish('first')
    const reader = start('publish-reader.ts', [kind], { cwd: volume })
    for (let kill = 0; kill < kills; kill++) {
      const victim = start('publish-child.ts', [kind], { cwd: volume })
      victim.say('forever')
      await victim.nextLine()
      await setTimeout(Math.random() * 25)
      victim.process.kill('SIGKILL')
      await once(victim.process, 'exit')

      await publish(`after-${kill}`)
      expect(new Set(names.map((name) => tagOf(join(volume, 'sub', name))))).toEqual(new Set([`after-${kill}`]))
      const left = readdirSync(kind === 'files' ? join(volume, 'sub') : volume)
      // With a link: the version that it points to, and the one before.
      expect(left).toHaveLength(kind === 'files' ? names.length : kind === 'folder' ? 1 : 3)
    }
    const report = reader.nextLine()
    await reader.end()
    const { looks, wrong } = JSON.parse(await report)
    expect(wrong).toEqual([])
    expect(looks).toBeGreaterThan(kills)
  },
)
