import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NotReadyError, OutputError, RefusedError, UsageError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishSet } from './publish-set.ts'
import type { Slot } from './slot.ts'
import { useVolume } from './test-volume.ts'

useVolume()

const { signal } = new AbortController()
const paths = (...names: string[]) => names.map((name) => parseOutputPath(name))
const bytes = (text: string): Buffer => Buffer.from(text)

async function makeFile(slot: Slot | undefined, text: string, mode = 0o640): Promise<void> {
  const file = slot?.file({ resume: false })
  await file?.write(bytes(text))
  await file?.finish(mode)
}

function makeFolder(slot: Slot | undefined, text: string): void {
  writeFileSync(`${slot?.folder()}/inside`, text)
  slot?.finishFolder()
}

test('files and folders appear together, in the order in which they were asked for', async () => {
  const result = await publishSet(
    paths('a', 'sub/b', 'tree'),
    async ([a, b, tree]) => {
      await makeFile(a, 'A')
      await makeFile(b, 'B', 0o400)
      makeFolder(tree, 'T')
      expect(readdirSync('.').filter((name) => !name.startsWith('.'))).toEqual(['sub'])
      return 'made'
    },
    { signal },
  )
  expect(result).toBe('made')
  expect([readFileSync('a', 'utf8'), readFileSync('sub/b', 'utf8'), readFileSync('tree/inside', 'utf8')]).toEqual([
    'A',
    'B',
    'T',
  ])
  expect(statSync('sub/b').mode & 0o7777).toBe(0o400)
  expect(readdirSync('.').toSorted()).toEqual(['a', 'sub', 'tree'])
})

test.each([
  ['a refusal', new RefusedError('wrong digest')],
  ['what is not yet', new NotReadyError('cut off')],
])('after %s all is as it was', async (_what, error) => {
  await publishSet(
    paths('a', 'tree'),
    async ([a, tree]) => {
      await makeFile(a, 'old')
      makeFolder(tree, 'old')
    },
    { signal },
  )
  const failing = publishSet(
    paths('a', 'tree', 'new'),
    async ([a, tree]) => {
      await makeFile(a, 'new')
      makeFolder(tree, 'new')
      throw error
    },
    { signal },
  )
  await expect(failing).rejects.toBe(error)
  expect([readFileSync('a', 'utf8'), readFileSync('tree/inside', 'utf8')]).toEqual(['old', 'old'])
  expect(readdirSync('.').toSorted()).toEqual(['a', 'tree'])
})

test('one that cannot take its place leaves the others where they were', async () => {
  await publishSet(paths('a'), ([a]) => makeFile(a, 'old'), { signal })
  const failing = publishSet(
    paths('a', 'b'),
    async ([a, b]) => {
      await makeFile(a, 'new')
      await makeFile(b, 'new')
      // Made by somebody else meanwhile.
      mkdirSync('b')
    },
    { signal },
  )
  await expect(failing).rejects.toBeInstanceOf(OutputError)
  expect(readFileSync('a', 'utf8')).toBe('old')
  expect(readdirSync('.').toSorted()).toEqual(['a', 'b'])
})

test('what is not made stays as it is', async () => {
  writeFileSync('a', 'old')
  await publishSet(paths('a', 'b'), ([, b]) => makeFile(b, 'new'), { signal })
  expect([readFileSync('a', 'utf8'), readFileSync('b', 'utf8')]).toEqual(['old', 'new'])
})

/** Writes a part of a file that is noted, and fails with this. */
function begin(note: string, text: string, error: Error): Promise<unknown> {
  return publishSet(
    paths('a'),
    async ([slot]) => {
      const file = slot?.file({ resume: true })
      file?.partial.restart(note)
      await file?.write(bytes(text))
      throw error
    },
    { signal },
  )
}

test('the next run goes on with what was noted, and reads what is there', async () => {
  await expect(begin('etag 1', 'hello ', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  await publishSet(
    paths('a'),
    async ([slot]) => {
      const file = slot?.file({ resume: true })
      expect([file?.partial.note, file?.partial.size]).toEqual(['etag 1', 6])
      expect(file?.read(0, 6).toString()).toBe('hello ')
      await file?.write(bytes('world'))
      await file?.finish(0o644)
    },
    { signal },
  )
  expect(readFileSync('a', 'utf8')).toBe('hello world')
  expect(readdirSync('.')).toEqual(['a'])
})

test('a file that is written in parts is one, and the next run finds what was noted of them last', async () => {
  const failing = publishSet(
    paths('a'),
    async ([slot]) => {
      const file = slot?.file({ resume: true })
      file?.partial.restart('000')
      await Promise.all([file?.writeAt(bytes('wor'), 6), file?.writeAt(bytes('hello '), 0)])
      file?.partial.renote('110')
      throw new NotReadyError('cut off')
    },
    { signal },
  )
  await expect(failing).rejects.toThrow('cut off')
  await publishSet(
    paths('a'),
    async ([slot]) => {
      const file = slot?.file({ resume: true })
      expect(file?.partial.note).toBe('110')
      await file?.writeAt(bytes('ld'), 9)
      expect(file?.read(0, 20, Buffer.alloc(20)).toString()).toBe('hello world')
      await file?.finish(0o644)
    },
    { signal },
  )
  expect(readFileSync('a', 'utf8')).toBe('hello world')
  expect(readdirSync('.')).toEqual(['a'])
})

test('what was refused, or has no note, is not gone on with', async () => {
  await expect(begin('etag 1', 'wrong', new RefusedError('wrong digest'))).rejects.toThrow('wrong digest')
  expect(readdirSync('.')).toEqual([])
  await expect(begin('', 'small', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  expect(readdirSync('.')).toEqual([])
})

test('a spool lies on the same volume and is never published', async () => {
  await publishSet(
    paths('tree'),
    async ([slot]) => {
      const spool = slot?.spool().file({ resume: true })
      await spool?.write(bytes('archive'))
      makeFolder(slot, spool?.read(0, 100).toString() ?? '')
    },
    { signal },
  )
  expect(readFileSync('tree/inside', 'utf8')).toBe('archive')
  expect(readdirSync('.')).toEqual(['tree'])
})

test('outputs that exclude each other are a mistake, and an aborted run publishes nothing', async () => {
  await expect(publishSet(paths('a', 'a/b'), async () => {}, { signal })).rejects.toBeInstanceOf(UsageError)
  const stop = new AbortController()
  const aborted = publishSet(
    paths('a'),
    async ([a]) => {
      await makeFile(a, 'new')
      stop.abort(new Error('stopped'))
    },
    { signal: stop.signal },
  )
  await expect(aborted).rejects.toThrow('stopped')
  expect(readdirSync('.')).toEqual([])
})

async function beginFolder(note: string, content: string, error: Error): Promise<unknown> {
  return publishSet(
    paths('tree'),
    async ([slot]) => {
      const made = await slot?.resumed()
      await made?.restart(note)
      writeFileSync(`${made?.path}/a`, content)
      throw error
    },
    { signal },
  )
}

test('the next run goes on with a folder that was begun and noted', async () => {
  await expect(beginFolder('etag 1', 'half', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  await publishSet(
    paths('tree'),
    async ([slot]) => {
      expect(slot?.isBegun).toBe(true)
      const made = await slot?.resumed()
      expect(made?.note).toBe('etag 1')
      expect(readFileSync(`${made?.path}/a`, 'utf8')).toBe('half')
      slot?.settle()
      slot?.finishFolder()
    },
    { signal },
  )
  expect(readFileSync('tree/a', 'utf8')).toBe('half')
  expect(readdirSync('.')).toEqual(['tree'])
})

test('a folder that was begun is emptied for other content, and goes when it was refused, settled or is of no use', async () => {
  await expect(beginFolder('etag 1', 'half', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  await expect(beginFolder('etag 2', 'other', new RefusedError('bomb'))).rejects.toThrow('bomb')
  expect(readdirSync('.')).toEqual([])
  await expect(beginFolder('etag 1', 'half', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  const settled = async ([slot]: readonly Slot[]): Promise<void> => {
    await slot?.resumed()
    slot?.settle()
    throw new NotReadyError('killed')
  }
  await expect(publishSet(paths('tree'), settled, { signal })).rejects.toThrow('killed')
  expect(readdirSync('.')).toEqual([])
  await expect(beginFolder('etag 1', 'half', new NotReadyError('cut off'))).rejects.toThrow('cut off')
  await publishSet(paths('tree'), async ([slot]) => makeFolder(slot, 'by another way'), { signal })
  expect(readdirSync('.')).toEqual(['tree'])
})
