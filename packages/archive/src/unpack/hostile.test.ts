import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { RefusedError } from '@initbox/core'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDirectory, selection, tarInto, Tree, wanted, zipInto } from '../index.ts'
import { type NewEntry, readTar, writeTar } from '../tar/index.ts'
import { ZipReader } from '../zip/reader.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'initbox-hostile-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const cases = Number(process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000)
const limits = { maxSize: 100 << 20, maxEntries: 1_000, received: () => 1_000 }
const everything = selection({})

function untar(archive: Buffer, root = folder): Tree {
  const tree = new Tree(root, limits)
  try {
    const reader = tarInto(tree, everything)
    reader.write(archive)
    reader.end()
    tree.finish()
    return tree
  } finally {
    tree.close()
  }
}

async function unzip(archive: Buffer): Promise<Tree> {
  const tree = new Tree(folder, limits)
  try {
    const read = async (start: number, end: number): Promise<Buffer> => archive.subarray(start, end)
    const directory = wanted(await readDirectory({ size: archive.length, read }, limits), everything)
    const reader = zipInto(tree, directory, everything)
    await reader.write(Buffer.from(archive))
    reader.end()
    tree.finish()
    return tree
  } finally {
    tree.close()
  }
}

const file = (path: string, text = 'x'): NewEntry => ({ kind: 'file', path, mode: 0o644, content: Buffer.from(text) })
const symlink = (path: string, target: string): NewEntry => ({ kind: 'symlink', path, mode: 0o777, target })
const hardlink = (path: string, target: string): NewEntry => ({ kind: 'hardlink', path, mode: 0o644, target })

/** The same archive with one byte field of its first header changed, and its checksum mended. */
function patched(archive: Buffer, at: number, text: string): Buffer {
  const copy = Buffer.from(archive)
  copy.write(text, at, 'latin1')
  copy.fill(' ', 148, 156)
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return copy
}

test.each<readonly [string, Buffer, string]>([
  ['a path that climbs', writeTar([file('a/../../b')]), "'a/../../b' has '..'"],
  ['an absolute path', writeTar([file('/etc/passwd')]), "'/etc/passwd' is absolute"],
  ['a drive letter', writeTar([file('C:\\x')]), 'drive letter'],
  ['a symlink out', writeTar([symlink('a/l', '../../etc')]), 'leads out of its folder: a/l'],
  ['an absolute symlink', writeTar([symlink('l', '/etc')]), 'leads out of its folder: l'],
  ['a chain of symlinks', writeTar([symlink('a/b/d', '../..'), symlink('e', 'a/b/d/..')]), "'..' behind a name"],
  ['writing through a symlink', writeTar([symlink('l', '.'), file('l/x')]), "l/x through 'l'"],
  ['writing through a file', writeTar([file('f'), file('f/x')]), "f/x through 'f'"],
  ['a hard link out', writeTar([hardlink('h', '../../etc/passwd')]), "has '..'"],
  ['a hard link to nothing', writeTar([hardlink('h', 'none')]), 'h in the archive is a hard link to none'],
  ['a hard link to a folder', writeTar([{ kind: 'folder', path: 'd', mode: 0o755 }, hardlink('h', 'd')]), 'is no file'],
  ['a name twice', writeTar([file('a'), file('a')]), 'has a twice'],
  ['a character device', patched(writeTar([file('dev', '')]), 156, '3'), 'dev as a character device'],
  ['a pipe', patched(writeTar([file('p', '')]), 156, '6'), 'p as a named pipe'],
  ['a sparse file', patched(writeTar([file('s', '')]), 156, 'S'), 'sparse'],
  ['a folder with content', patched(writeTar([file('d')]), 156, '5'), 'gives content to d'],
  ['a name that is not UTF-8', patched(writeTar([file('aaaa')]), 0, '\xff\xfe'), 'not UTF-8'],
  ['a number that is none', patched(writeTar([file('a')]), 100, '00x0644\0'), "'00x0644' is no octal number"],
  ['two numbers in one', patched(writeTar([file('a')]), 100, '0 00644\0'), "'0 00644' is no octal number"],
  ['a cut archive', writeTar([file('a')]).subarray(0, 1_024), 'cut off'],
  ['something behind its end', Buffer.concat([writeTar([file('a')]), Buffer.alloc(512, 1)]), 'more behind its end'],
  ['a wrong checksum', Buffer.alloc(1_024, 1), 'no tar header'],
  ['too many entries', writeTar(Array.from({ length: 1_001 }, (_, index) => file(`${index}`))), '1,000 entries'],
  ['folders without end', writeTar([file(`${'d/'.repeat(200)}x`)]), '201 folders'],
])('a tar with %s is refused', (_what, archive, words) => {
  expect(() => untar(archive)).toThrow(words)
  expect(() => untar(archive, mkdtempSync(join(folder, 'again-')))).toThrow(RefusedError)
})

test.each(['    644\0', '644 \0\0\0\0', '00000644', '\0'])('a mode that is written as %j is read', (mode) => {
  const read = readTar(patched(writeTar([file('a')]), 100, mode.padEnd(8, '\0')))
  expect(read[0]?.mode).toBe(mode === '\0' ? 0 : 0o644)
})

test('a bomb is refused before it is large, set-id bits are dropped, a hard link may come before its file or name itself', () => {
  const big = writeTar([{ kind: 'file', path: 'zeros', mode: 0o644, content: Buffer.alloc(70 << 20) }])
  expect(() => untar(big)).toThrow('is a bomb')
  const tree = untar(writeTar([hardlink('early', 'late'), file('late'), hardlink('late', 'late')]))
  expect(tree.files).toBe(3)
  expect(readdirSync(folder).toSorted()).toEqual(['early', 'late'])
})

type ZipPart = {
  readonly name: string
  readonly text?: string
  readonly localName?: string
  readonly crc?: number
  readonly size?: number
  readonly flags?: number
  readonly method?: number
  readonly mode?: number
  readonly offset?: number
}

/** A zip as told, right or wrong. */
function makeZip(parts: readonly ZipPart[], { tail = '' } = {}): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, text = 'x', localName = name, flags = 0, method = 8, mode = 0o100644, ...wrong } of parts) {
    const content = Buffer.from(text)
    const data = method === 8 ? deflateRawSync(content) : content
    const sizes = (bytes: Buffer, at: number): void => {
      bytes.writeUInt32LE(wrong.crc ?? crc32(content), at)
      bytes.writeUInt32LE(data.length, at + 4)
      bytes.writeUInt32LE(wrong.size ?? content.length, at + 8)
    }
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(flags, 6)
    local.writeUInt16LE(method, 8)
    sizes(local, 14)
    local.writeUInt16LE(Buffer.byteLength(localName), 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry[5] = 3
    entry.writeUInt16LE(flags, 8)
    entry.writeUInt16LE(method, 10)
    sizes(entry, 16)
    entry.writeUInt16LE(Buffer.byteLength(name), 28)
    entry.writeUInt32LE((mode << 16) >>> 0, 38)
    entry.writeUInt32LE(wrong.offset ?? offset, 42)
    central.push(entry, Buffer.from(name))
    const whole = Buffer.concat([local, Buffer.from(localName), data])
    locals.push(whole)
    offset += whole.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end, Buffer.from(tail)])
}

test('a zip of ours that is right is unpacked', async () => {
  const tree = await unzip(makeZip([{ name: 'a' }, { name: 'PK\x07\x08', text: 'PK\x07\x08PK\x03\x04', method: 0 }]))
  expect(tree.files).toBe(2)
})

test.each<readonly [string, Buffer, string]>([
  ['a path that climbs', makeZip([{ name: '../b' }]), "has '..'"],
  ['another name in its entry', makeZip([{ name: 'a', localName: 'b' }]), "calls a also 'b'"],
  ['a wrong CRC', makeZip([{ name: 'a', crc: 1 }]), 'its CRC is wrong'],
  ['more bytes than it says', makeZip([{ name: 'a', text: 'xxxx', size: 2 }]), 'a in the archive'],
  ['fewer bytes than it says', makeZip([{ name: 'a', size: 9 }]), '1 bytes instead of 9'],
  ['entries that overlap', makeZip([{ name: 'a' }, { name: 'b', offset: 0 }]), 'overlaps'],
  ['an encrypted entry', makeZip([{ name: 'a', flags: 1 }]), 'a in the archive is encrypted'],
  ['deflate64', makeZip([{ name: 'a', method: 9 }]), 'deflate64, which is not read'],
  ['a device', makeZip([{ name: 'a', mode: 0o020644 }]), 'device or pipe'],
  ['a symlink out', makeZip([{ name: 'a', text: '/etc/passwd', mode: 0o120777 }]), 'leads out'],
  ['a name twice', makeZip([{ name: 'a' }, { name: 'a' }]), 'a twice'],
  ['something behind its end', makeZip([{ name: 'a' }], { tail: 'more' }), 'something follows its end'],
  ['no end', makeZip([{ name: 'a' }]).subarray(0, -1), 'no end record'],
])('a zip with %s is refused', async (_what, archive, words) => {
  await expect(unzip(archive)).rejects.toThrow(words)
})

/** Flips, cuts and inserts bytes of an archive that is right. */
function mutations(archive: Buffer): fc.Arbitrary<Buffer> {
  const flip = fc.record({ at: fc.nat(archive.length - 1), byte: fc.nat(255) })
  return fc.tuple(fc.array(flip, { maxLength: 6 }), fc.integer({ min: 0, max: archive.length })).map(([flips, cut]) => {
    const copy = Buffer.from(archive)
    for (const { at, byte } of flips) copy[at] = byte
    return cut % 4 === 0 ? copy.subarray(0, cut) : copy
  })
}

test('whatever is done to a tar or a zip, it is read or refused, and nothing is left open', async () => {
  const tar = writeTar([file('a/b', 'text'), symlink('l', 'a/b'), file(`${'long'.repeat(50)}`), hardlink('h', 'a/b')])
  const zip = makeZip([
    { name: 'a/b', text: 'text'.repeat(100) },
    { name: 'l', text: 'a/b', mode: 0o120777 },
    { name: 'c', method: 0 },
  ])
  const counts = { read: 0, refused: 0 }
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
      counts.read++
    } catch (error) {
      // A name that no file system takes is an error of the system.
      if (!(error instanceof RefusedError) && !/ENAMETOOLONG|EINVAL|EILSEQ/.test(String(error))) throw error
      counts.refused++
    }
    rmSync(folder, { recursive: true })
    folder = mkdtempSync(join(tmpdir(), 'initbox-hostile-'))
  }
  const settings = { numRuns: cases / 20, seed: 7 }
  await fc.assert(
    fc.asyncProperty(mutations(tar), (bytes) => attempt(async () => untar(bytes))),
    settings,
  )
  await fc.assert(
    fc.asyncProperty(mutations(zip), (bytes) => attempt(() => unzip(bytes))),
    settings,
  )
  expect(counts.read + counts.refused).toBe((2 * cases) / 20)
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(0)
}, 60_000)

test(`${cases} archives that were changed anyhow are read or refused, of each kind`, async () => {
  const tar = writeTar([file('a/b', 'text'), symlink('l', 'a/b'), file(`${'long'.repeat(50)}`), hardlink('h', 'a/b')])
  const zip = makeZip([
    { name: 'a/b', text: 'text'.repeat(100) },
    { name: 'c', method: 0 },
  ])
  const counts = { read: 0, refused: 0 }
  const refused = (error: unknown): void => {
    if (!(error instanceof RefusedError)) throw error
    counts.refused++
  }
  const settings = { numRuns: cases, seed: 11 }
  fc.assert(
    fc.property(mutations(tar), (bytes) => {
      try {
        readTar(bytes)
        counts.read++
      } catch (error) {
        refused(error)
      }
    }),
    settings,
  )
  const readZip = async (bytes: Buffer): Promise<void> => {
    const read = async (start: number, end: number): Promise<Buffer> => bytes.subarray(start, end)
    const reader = new ZipReader(await readDirectory({ size: bytes.length, read }, limits), () => undefined)
    await reader.write(bytes)
    reader.end()
    counts.read++
  }
  await fc.assert(
    fc.asyncProperty(mutations(zip), (bytes) => readZip(bytes).catch(refused)),
    settings,
  )
  expect(counts.read + counts.refused).toBe(2 * cases)
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(cases / 100)
}, 300_000)
