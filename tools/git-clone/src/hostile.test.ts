import { existsSync } from 'node:fs'
import { useVolume, volumeEntries } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { cloneOf } from './testing/clone-of.ts'
import {
  blob,
  commit,
  deltaOf,
  type Entry,
  type GitObject,
  pack,
  packHead,
  refDelta,
  tree,
  whole,
} from './testing/objects.ts'
import { deflateSync } from 'node:zlib'

useVolume()

const file = blob('content\n')
const other = blob('another\n')
const inner = tree(['100644', 'file', file])

/** All objects of a commit with this tree. */
const withRoot = (...entries: readonly Entry[]): GitObject[] => {
  const root = tree(...entries)
  const below = entries.map(([, , object]) => object).filter((each) => typeof each !== 'string')
  return [commit(root), root, ...new Set([...below, file])]
}

describe('a hostile tree is refused with its path, and nothing is published', () => {
  test.each<[why: string, entries: readonly Entry[], says: string]>([
    ['..', [['100644', '..', file]], "'..' as a name"],
    ['a slash', [['100644', 'a/../../x', file]], 'a slash in a name'],
    ['an absolute path', [['100644', '/etc/passwd', file]], 'a slash in a name'],
    ['an empty name', [['100644', '', file]], 'an empty name'],
    ['a backslash', [['100644', 'a\\b', file]], 'a backslash in a name'],
    ['a backslash before a dot', [['100644', 'a\\..\\x2d', file]], 'a backslash in a name'],
    ['a backslash after dots', [['100644', '..\\x2da', file]], 'a backslash in a name'],
    ['a drive and a backslash', [['100644', 'C:\\x2da', file]], 'a backslash in a name'],
    ['.git and a backslash', [['100644', 'git~1\\x2da', file]], 'a backslash in a name'],
    ['a drive', [['40000', 'C:', inner]], 'a drive letter'],
    ['.git', [['40000', '.git', inner]], ".git has a name that some file system takes for '.git'"],
    ['.GIT', [['40000', '.GIT', inner]], ".GIT has a name that some file system takes for '.git'"],
    ['.git of HFS+', [['40000', '.g\u200cit', inner]], "takes for '.git'"],
    ['.git of NTFS', [['40000', 'git~1', inner]], "takes for '.git'"],
    ['.git with a stream', [['40000', '.git::$INDEX_ALLOCATION', inner]], "takes for '.git'"],
    ['.git with a dot', [['40000', '.git. .', inner]], "takes for '.git'"],
    [
      'two of one name',
      [
        ['120000', 'a', blob('/tmp')],
        ['40000', 'a', inner],
      ],
      'two entries of the name a',
    ],
    [
      'an absolute symlink',
      [['120000', 'l', blob('/etc/passwd')]],
      'the symlink l leads out of the folder, to /etc/passwd',
    ],
    ['a symlink up', [['120000', 'l', blob('../x')]], 'the symlink l leads out of the folder'],
    [
      'a symlink through another',
      [
        ['120000', 'm', blob('d/up/../..')],
        ['40000', 'd', tree(['120000', 'up', blob('.')])],
      ],
      'the symlink m leads out',
    ],
    ['a symlink to nothing', [['120000', 'l', blob('')]], 'the symlink l leads to no path'],
    ['.gitmodules as a symlink', [['120000', '.gitmodules', blob('x')]], '.gitmodules is a symlink'],
    ['a file as a folder', [['40000', 'd', file]], 'd is a file, although its entry says folder'],
    ['a folder as a file', [['100644', 'd', inner]], 'd is a folder, although its entry says file'],
    ['a path too long', [['100644', 'x'.repeat(4000), file]], 'longer than 3900 bytes'],
    ['no mode', [['1006x4', 'a', file]], 'an entry without a mode'],
  ])('%s', async (_, entries, says) => {
    const objects = withRoot(...entries)
    const deeper = objects.flatMap((each) => (each.type === 'tree' && each.content.includes('up') ? [blob('.')] : []))
    const { code, log } = await cloneOf([...objects, ...deeper])
    expect(log).toContain(says)
    expect(code).toBe(5)
    expect(volumeEntries()).toEqual([])
  })

  test('symlinks that lead out can be allowed', async () => {
    const { code } = await cloneOf(withRoot(['120000', 'l', blob('/etc/passwd')]), {
      flags: ['--allow-escaping-symlinks'],
    })
    expect(code).toBe(0)
  })

  test('a tree of trees of trees, 10 in each, 10 deep', async () => {
    const trees = [inner]
    for (let depth = 0; depth < 10; depth++) {
      const below = trees.at(-1) ?? inner
      trees.push(tree(...Array.from({ length: 10 }, (_, index): Entry => ['40000', `d${index}`, below])))
    }
    const root = trees.at(-1) ?? inner
    const { code, log } = await cloneOf([commit(root), ...trees.toReversed(), file], {
      flags: ['--max-files', '20000'],
    })
    expect(log).toContain('more than 20000 files and folders')
    expect(code).toBe(5)
    expect(volumeEntries()).toEqual([])
  })

  test('a tree 5,000 deep', async () => {
    const trees = [inner]
    for (let depth = 0; depth < 5_000; depth++) trees.push(tree(['40000', 'd', trees.at(-1) ?? inner]))
    const { code, log } = await cloneOf([commit(trees.at(-1) ?? inner), ...trees.toReversed(), file])
    expect(log).toContain('longer than 3900 bytes')
    expect(code).toBe(5)
  })
})

describe('a damaged pack is refused, and nothing is published', () => {
  const root = tree(['100644', 'a', file], ['100644', 'b', other])
  const objects = [commit(root), root, file, other]
  const entries = objects.map((each) => whole(each))
  const good = pack(entries)
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const big = blob(Buffer.alloc(3_000_000, 'x'))

  test.each<[why: string, bytes: Buffer, says: string]>([
    ['its checksum is wrong', flipped(good.length - 1), 'its checksum is wrong'],
    ['a stream is broken', flipped(40), 'the pack is damaged'],
    ['it is cut off', good.subarray(0, good.length - 40), 'it ends after'],
    ['bytes follow', Buffer.concat([good, Buffer.from('x')]), 'bytes follow its end'],
    ['it is none', Buffer.from('<html>This is a web page'), 'is no pack'],
    ['it has fewer objects than it says', pack(entries, 5), 'damaged'],
    ['it has more objects than it says', pack(entries, 3), 'bytes follow its end'],
    ['it says 4 billion objects', pack(entries, 0xffffffff), 'damaged'],
    ['an object is longer', pack([...entries.slice(0, 3), whole(other, 3)]), 'longer than its head says'],
    ['an object is shorter', pack([...entries.slice(0, 3), whole(other, 30)]), 'shorter than its head says'],
    ['a file is missing', pack(entries.slice(0, 3)), 'the server did not send b'],
    ['the commit is missing', pack(entries.slice(1)), 'the server did not send the commit'],
    ['a delta has no base', pack([...entries.slice(0, 3), refDelta(big, other)]), 'of a delta is not in it'],
    ['a delta is its own base', pack([...entries.slice(0, 3), refDelta(other, other)]), 'of a delta is not in it'],
    [
      'a delta copies beyond',
      pack([...entries.slice(0, 3), refDelta(file, other, Buffer.from([8, 8, 0xb0, 0xff, 0xff]))]),
      'copies what is not there',
    ],
    [
      'a delta makes too little',
      pack([...entries.slice(0, 3), refDelta(file, other, Buffer.from([8, 8, 1, 65]))]),
      'fewer bytes than it says',
    ],
    [
      'a delta has a wrong base size',
      pack([...entries.slice(0, 3), refDelta(file, other, deltaOf(Buffer.alloc(9), other.content))]),
      'another size than it says',
    ],
    [
      'a type does not exist',
      pack([...entries.slice(0, 3), Buffer.concat([packHead(5, 1), deflateSync(Buffer.from('x'))])]),
      'of type 5',
    ],
  ])('%s', async (_, bytes, says) => {
    const { code, log } = await cloneOf(objects, { bytes })
    expect(log).toContain(says)
    expect(code).toBe(5)
    expect(existsSync('repo')).toBe(false)
    expect(volumeEntries()).toEqual([])
  })

  test('a delta bomb of a few bytes that makes terabytes', async () => {
    const huge = Buffer.from([0x80, 0xc0, 0xb7, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x80])
    const bytes = pack([...entries, whole(big), refDelta(big, other, huge)])
    const { code, log } = await cloneOf([...objects, big], { bytes, flags: ['--max-size', '1Gi'] })
    expect(log).toMatch(/larger than 1 ?GiB|another size/)
    expect(code).toBe(5)
    expect(volumeEntries()).toEqual([])
  })
})
