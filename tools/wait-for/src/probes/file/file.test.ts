import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotYet } from '@initbox/net'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { prepared, probeOnce } from '../../testing/probe-once.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initbox-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

describe('file', () => {
  test.each([
    ['', 'x'],
    ['', ''],
    ['?not-empty', 'x'],
    ['?matches=^ready$', 'a\nready\nb'],
  ])('%s is ready with content %j', async (query, content) => {
    writeFileSync(join(folder, 'a'), content)
    await expect(probeOnce(`file://${folder}/a${query}`)).resolves.toBeUndefined()
  })

  test.each([
    ['missing/a', '', 'missing'],
    ['file/a', '', 'missing'],
    ['empty', '?not-empty', 'empty'],
    ['folder', '?not-empty', 'empty'],
    ['file', '?matches=other', 'no match'],
    ['folder', '?matches=.', 'no match'],
    ['loop', '', 'ELOOP'],
  ])('%s%s is not yet ready: %s', async (name, query, state) => {
    writeFileSync(join(folder, 'file'), 'content')
    writeFileSync(join(folder, 'empty'), '')
    mkdirSync(join(folder, 'folder'))
    symlinkSync('loop', join(folder, 'loop'))
    await expect(probeOnce(`file://${folder}/${name}${query}`)).rejects.toMatchObject({ state })
  })

  // Without inotify each of these would hang until the test's own time limit.
  test.each([
    ['a file that appears', (): void => writeFileSync(join(folder, 'a'), '')],
    [
      'a file that is renamed into place',
      (): void => (writeFileSync(join(folder, '.x'), ''), renameSync(join(folder, '.x'), join(folder, 'a'))),
    ],
    ['the ..data link of a volume', (): void => symlinkSync('somewhere', join(folder, '..data'))],
  ])('sees %s at once', async (_, act) => {
    const controller = new AbortController()
    const { attempt, change } = await prepared(`file://${folder}/a`, { signal: controller.signal })
    await expect(attempt(controller.signal)).rejects.toBeInstanceOf(NotYet)
    act()
    await change?.(controller.signal)
    controller.abort()
  })

  test('sees a file whose folders do not exist yet, one level after the other', async () => {
    const controller = new AbortController()
    const { attempt, change } = await prepared(`file://${folder}/a/b/c`, { signal: controller.signal })
    const steps = [
      (): void => mkdirSync(join(folder, 'a')),
      (): void => mkdirSync(join(folder, 'a/b')),
      (): void => writeFileSync(join(folder, 'a/b/c'), ''),
    ]
    for (const step of steps) {
      await expect(attempt(controller.signal)).rejects.toMatchObject({ state: 'missing', gone: true })
      step()
      await change?.(controller.signal)
    }
    await expect(attempt(controller.signal)).resolves.toBeUndefined()
    controller.abort()
  })
})
