import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test } from 'vitest'
import { OutputError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import { publishDirectory, type DirectoryOptions } from './publish-directory.ts'
import { deadName, stagings, useVolume } from './test-volume.ts'

const volume = useVolume()

/** Publishes a folder that holds these files. */
function publish(path: string, files: Record<string, string>, options: Partial<DirectoryOptions> = {}): Promise<void> {
  const fill = async (staging: string) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(`${staging}/${name}`, text)
  }
  return publishDirectory(parseOutputPath(path), fill, { signal: new AbortController().signal, ...options })
}

/** What a reader finds in a folder. */
function content(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(`${path}/${name}`, 'utf8')]))
}

describe.for([false, true])('with link: %s', (link) => {
  test.for(['site', 'a/b/site'])('%s appears with all that is in it', async (path) => {
    await publish(path, { 'index.html': 'hello', 'style.css': 'b{}' }, { link })
    expect(content(path)).toEqual({ 'index.html': 'hello', 'style.css': 'b{}' })
    expect(lstatSync(path).isSymbolicLink()).toBe(link)
  })

  test('takes the place of an empty folder, of a full one, and of a symlink, and never merges', async () => {
    writeFileSync(`${volume.outside}/canary`, 'alive')
    mkdirSync('empty')
    mkdirSync('full/sub', { recursive: true })
    writeFileSync('full/file', 'old')
    symlinkSync(volume.outside, 'link')
    for (const path of ['empty', 'full', 'link']) {
      await publish(path, { file: 'new' }, { link })
      expect(content(path)).toEqual({ file: 'new' })
    }
    expect(content(volume.outside)).toEqual({ canary: 'alive' })
    expect(stagings()).toHaveLength(link ? 3 : 0)
  })

  test('a failed or aborted one leaves the old folder and nothing else', async () => {
    await publish('site', { file: 'old' }, { link })
    const before = readdirSync('.')
    const failing = publishDirectory(
      parseOutputPath('site'),
      async (staging) => {
        writeFileSync(`${staging}/file`, 'part')
        throw new TypeError('bad archive')
      },
      { signal: new AbortController().signal, link },
    )
    await expect(failing).rejects.toThrow(new TypeError('bad archive'))
    const aborted = publish('site', { file: 'part' }, { link, signal: AbortSignal.abort(new Error('stop')) })
    await expect(aborted).rejects.toThrow('stop')
    expect(content('site')).toEqual({ file: 'old' })
    expect(readdirSync('.')).toEqual(before)
  })

  test('a file of that name is refused before anything is made', async () => {
    writeFileSync('site', 'mine')
    await expect(publish('site', { file: 'new' }, { link })).rejects.toThrow(
      new OutputError('cannot write site: there is a file of that name where a folder should be'),
    )
    expect(content('.')).toEqual({ site: 'mine' })
  })

  test('when the folder in the making is taken away, the old one is put back', async () => {
    mkdirSync('site')
    writeFileSync('site/file', 'old')
    const robbed = publishDirectory(
      parseOutputPath('site'),
      async () => {
        for (const name of stagings()) renameSync(name, `${volume.outside}/taken`)
      },
      { signal: new AbortController().signal, link },
    )
    await expect(robbed).rejects.toThrow('what was staged for it, was removed meanwhile')
    expect(content('site')).toEqual({ file: 'old' })
    expect(stagings()).toEqual([])
  })
})

test('the mode is as asked, and goes on to the group of an fsGroup volume', async () => {
  await publish('plain', {})
  await publish('private', { file: 'x' }, { mode: 0o500 })
  chmodSync('.', 0o2775)
  await publish('shared', {})
  expect(['plain', 'private', 'shared'].map((name) => lstatSync(name).mode & 0o7777)).toEqual([0o755, 0o500, 0o2775])
})

test('what fill returns comes back; what fails where it writes is an output error, what fails where it reads is not', async () => {
  const options = { signal: new AbortController().signal }
  const to = parseOutputPath('site')
  expect(await publishDirectory(to, async () => 7, options)).toBe(7)
  const badWrite = publishDirectory(to, async (staging) => writeFileSync(`${staging}/no/file`, ''), options)
  await expect(badWrite).rejects.toThrow(OutputError)
  const badRead = publishDirectory(to, async () => readFileSync('/no/such/input'), options)
  await expect(badRead).rejects.toMatchObject({ code: 'ENOENT' })
})

test('the volume itself is refused with a way out', async () => {
  await expect(publish('.', {})).rejects.toMatchObject({
    message: 'cannot write .: it is the volume itself',
    hint: expect.stringContaining('subPath'),
  })
})

describe('a killed run', () => {
  test('between its two renames: the next one puts the old folder back before it begins', async () => {
    const aside = deadName('old', 'site')
    mkdirSync(aside)
    writeFileSync(`${aside}/file`, 'old')
    const failing = publishDirectory(
      parseOutputPath('site'),
      async () => {
        throw new Error('offline')
      },
      { signal: new AbortController().signal },
    )
    await expect(failing).rejects.toThrow('offline')
    expect(content('site')).toEqual({ file: 'old' })
    expect(readdirSync('.')).toEqual(['site'])
  })

  test('after them, or while it was filling: what it left is removed, but nothing old of another destination', async () => {
    mkdirSync(`${deadName('old', 'site')}/deep`, { recursive: true })
    mkdirSync(`${deadName('long', 'elsewhere')}/deep`, { recursive: true })
    writeFileSync(deadName('file', 'x'), '')
    const other = deadName('old', 'elsewhere')
    mkdirSync(other)
    mkdirSync('site')
    await publish('site', { file: 'new' })
    expect(readdirSync('.').toSorted()).toEqual([other, 'site'])
  })
})

describe('a linked folder', () => {
  test('switches by one rename, and the version before stays for its readers until the next', async () => {
    await publish('site', { file: '1' }, { link: true })
    const first = readlinkSync('site')
    await publish('site', { file: '2' }, { link: true })
    const second = readlinkSync('site')
    expect(content(first)).toEqual({ file: '1' })
    await publish('site', { file: '3' }, { link: true })
    expect(existsSync(first)).toBe(false)
    expect(content(second)).toEqual({ file: '2' })
    expect(content('site')).toEqual({ file: '3' })
    expect(stagings()).toHaveLength(2)
  })

  test('keeps what a dead run published, and becomes a real folder when that is asked', async () => {
    const version = deadName('version', 'site')
    mkdirSync(version)
    writeFileSync(`${version}/file`, 'old')
    symlinkSync(version, 'site')
    await expect(publish('site', {}, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
    expect(content('site')).toEqual({ file: 'old' })
    await publish('site', { file: 'new' })
    expect(lstatSync('site').isDirectory()).toBe(true)
    await publish('site', { file: 'newer' })
    expect(readdirSync('.')).toEqual(['site'])
  })
})
