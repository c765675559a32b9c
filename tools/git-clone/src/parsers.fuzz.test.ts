import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { patternTest } from './attributes/pattern.ts'
import { AttributeRules } from './attributes/rules.ts'
import { Checkout } from './checkout/checkout.ts'
import { modesFrom } from './checkout/modes.ts'
import { everything } from './checkout/selection.ts'
import { applyDelta, deltaHead } from './pack/delta.ts'
import { ObjectStore } from './pack/object-store.ts'
import { PackFile } from './pack/pack-file.ts'
import { PackReader } from './pack/pack-reader.ts'
import { Ring } from './pack/ring.ts'
import { SizeBudget } from './pack/size-budget.ts'
import { blob, commit, idOf, pack, refDelta, tree, whole } from './testing/objects.ts'
import { treeEntries } from './tree/tree-entries.ts'
import { downloadsIn } from './lfs/batch.ts'
import { parseBundle } from './local/bundle.ts'
import { openRepository } from './local/local-repository.ts'
import { AdvertisementReader } from './protocol/advertisement.ts'
import { parseListedRef } from './protocol/ref.ts'
import { parseNetrc } from './remote/netrc.ts'
import { flush, pktLine } from './wire/pkt-line.ts'
import { PacketReader } from './wire/packet-reader.ts'

/** Cases for each parser: all of them on demand. */
const numRuns = process.env['INITBOX_FULL'] === undefined ? 20_000 : 300_000
const packRuns = process.env['INITBOX_FULL'] === undefined ? 2_000 : 100_000
// The long run of packs took five minutes.
if (process.env['INITBOX_FULL'] !== undefined) vi.setConfig({ testTimeout: 1_200_000 })

/** Whatever comes, the only thing thrown is an error with a sentence. */
function refusesOrTakes(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
  }
}

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))

test(`packets, ${numRuns} cases`, () => {
  const nothing = { flush: () => {}, delimiter: () => {}, pack: () => {}, failure: () => {} }
  const packet = fc.oneof(
    bytes(30),
    bytes(30).map((payload) =>
      Buffer.concat([Buffer.from((payload.length + 4).toString(16).padStart(4, '0')), payload]),
    ),
    fc.constantFrom('0000', '0001', '0002', '0003', '0004', '0005\x01', 'ffff').map((text) => Buffer.from(text)),
  )
  const property = fc.property(fc.array(packet, { maxLength: 8 }), fc.boolean(), (packets, sideBand) => {
    const lines: string[] = []
    const reader = new PacketReader({
      ...nothing,
      line: (text) => (lines.push(text), sideBand ? 'side-band' : undefined),
    })
    refusesOrTakes(() => packets.forEach((each) => reader.push(each)))
  })
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`deltas, ${numRuns} cases`, () => {
  const base = Buffer.from('the base of all deltas, 40 bytes of it...')
  const property = fc.property(bytes(60), (tail) => {
    const delta = Buffer.concat([Buffer.from([base.length, 30]), tail])
    refusesOrTakes(() => {
      const { result, start } = deltaHead(delta, delta.length)
      const to = Buffer.alloc(Math.min(result, 1 << 16))
      applyDelta(
        { buffer: delta, at: 0, length: delta.length },
        start,
        { buffer: base, at: 0, length: base.length },
        { buffer: to, at: 0, length: to.length },
      )
    })
  })
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`trees, ${numRuns} cases`, () => {
  const property = fc.property(
    fc.array(fc.oneof(bytes(25), fc.constant(Buffer.from('100644 a\0'))), { maxLength: 5 }),
    (parts) => refusesOrTakes(() => [...treeEntries(Buffer.concat(parts))]),
  )
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`attributes, ${numRuns} cases`, () => {
  const text = fc.string({
    unit: fc.constantFrom('*', '?', '[', ']', '!', '-', 'a', '/', '\\', '"', ' ', '\n', '=', '.'),
    maxLength: 40,
  })
  const property = fc.property(text, text, (rules, path) => {
    const attributes = new AttributeRules()
    attributes.add('', Buffer.from(rules))
    attributes.of(path)
    patternTest(rules)?.(path)
  })
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`bundles, ${numRuns} cases`, () => {
  const line = fc.constantFrom(
    '# v2 git bundle',
    '# v3 git bundle',
    '@object-format=sha1',
    '@filter=blob:none',
    'x',
    '',
  )
  const ref = fc.tuple(fc.constantFrom('', '-'), fc.constantFrom('HEAD', 'refs/heads/a', '\0', ' '), bytes(3))
  const lines = fc.oneof(
    line,
    ref.map(([sign, name, tail]) => `${sign}${'a'.repeat(40)} ${name}${tail.toString('latin1')}`),
  )
  const property = fc.property(fc.array(lines, { maxLength: 6 }), (parts) =>
    refusesOrTakes(() => parseBundle(Buffer.from(`# v2 git bundle\n${parts.join('\n')}`, 'latin1'), 'x')),
  )
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`logins of a netrc file, ${numRuns} cases`, () => {
  const word = fc.oneof(
    fc.constantFrom('machine', 'default', 'login', 'password', 'account', 'macdef', 'host', '"', '#', '\n\n'),
    fc.string({ maxLength: 5 }),
  )
  const property = fc.property(
    fc.array(fc.tuple(word, fc.constantFrom(' ', '\n', '\t', '')), { maxLength: 20 }),
    (words) => {
      const netrc = parseNetrc(words.flat().join(''))
      for (const login of netrc.values()) expect(login.user + login.password).not.toBe('')
    },
  )
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`answers to ls-refs and greetings, ${numRuns} cases`, () => {
  const piece = fc.constantFrom(
    'version 2',
    'version 1',
    '# service=git-upload-pack',
    `${'a'.repeat(40)} HEAD`,
    'shallow ',
    'ERR no',
    'fetch=shallow',
    `${'a'.repeat(40)} refs/tags/a^{}`,
    `${'b'.repeat(40)} refs/tags/a`,
    `${'b'.repeat(64)} HEAD`,
    ' symref-target:x',
    '\0a b=c',
  )
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 3 }).map((parts) => parts.join(''))
  const property = fc.property(fc.array(fc.oneof(text, fc.constant(undefined)), { maxLength: 8 }), (lines) =>
    refusesOrTakes(() => {
      for (const line of lines) if (line !== undefined) parseListedRef(line)
      const reader = new AdvertisementReader(() => true)
      for (const line of lines) reader.push(Buffer.from(line === undefined ? flush : pktLine(line)))
      reader.result()
    }),
  )
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`answers of LFS servers, ${numRuns} cases`, () => {
  const value = fc.oneof(
    fc.constantFrom('https://host/x', 'http://host/x', 'file:///etc', 'basic', '', 404, 500, null, true),
    fc.anything({ maxDepth: 2, maxKeys: 2 }),
  )
  const action = fc.record({ href: value, header: fc.oneof(value, fc.dictionary(fc.string(), value)) })
  const object = fc.record(
    { oid: value, error: fc.record({ code: value, message: value }), actions: fc.record({ download: action }) },
    { requiredKeys: ['oid'] },
  )
  const answer = fc.record({ transfer: value, objects: fc.oneof(value, fc.array(object, { maxLength: 3 })) })
  const means = { asked: new URL('https://host/x.git/info/lfs'), headers: [], named: (oid: string) => oid }
  const property = fc.property(fc.oneof(answer, value), fc.nat(5), (said, cut) =>
    refusesOrTakes(() => {
      const text = JSON.stringify(said, (_, each: unknown) => (typeof each === 'bigint' ? 1 : each)) ?? ''
      for (const { url } of downloadsIn(Buffer.from(text.slice(0, text.length - cut)), means).values())
        expect(url.protocol).toBe('https:')
    }),
  )
  expect(() => fc.assert(property, { numRuns })).not.toThrow()
})

test(`repositories on disk with flipped bytes, ${packRuns} cases`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-fuzz-'))
  const git = (...words: string[]): void => void execFileSync('git', words, { cwd: folder, stdio: 'ignore' })
  git('init', '--bare', '.')
  const file = blob('content\n'.repeat(20))
  const other = blob('content\n'.repeat(20) + 'more\n')
  const root = tree(['100644', 'a', file], ['100755', 'b', other])
  const head = commit(root)
  const good = pack([...[head, root, file].map((each) => whole(each)), refDelta(file, other)])
  writeFileSync(`${folder}/x.pack`, good)
  git('index-pack', '-o', 'objects/pack/pack-x.idx', 'x.pack')
  const [idx, packed] = [`${folder}/objects/pack/pack-x.idx`, `${folder}/objects/pack/pack-x.pack`]
  const index = readFileSync(idx)
  for (const path of [idx, packed]) if (existsSync(path)) chmodSync(path, 0o644)
  const flip = (from: Buffer, flips: readonly (readonly [number, number])[]): Buffer => {
    const changed = Buffer.from(from)
    for (const [at, to] of flips) changed[at % changed.length] = to
    return changed
  }
  const flips = fc.array(fc.tuple(fc.nat(5_000), fc.nat(255)), { maxLength: 2 })
  let made = 0
  const property = fc.asyncProperty(flips, flips, async (ofIndex, ofPack) => {
    writeFileSync(idx, flip(index, ofIndex))
    writeFileSync(packed, flip(good, ofPack))
    try {
      const source = openRepository(folder)
      try {
        const request = { wants: [idOf(head)], depth: 1, withoutBlobs: false, withTags: false }
        for await (const piece of source.fetch(request).pack) made += piece.length
      } finally {
        source.close()
      }
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
    }
  })
  await fc.assert(property, { numRuns: packRuns })
  rmSync(folder, { recursive: true })
  expect(made).toBeGreaterThan(0)
})

test('a pattern of many stars takes no time', () => {
  expect(patternTest(`${'*a'.repeat(200)}b`)?.('a'.repeat(2_000))).toBe(false)
})

test(`packs with flipped bytes, in pieces of every size, ${packRuns} cases`, () => {
  const file = blob('content\n'.repeat(20))
  const other = blob('content\n'.repeat(20) + 'more\n')
  const root = tree(['100644', 'a', file], ['100755', 'b', other], ['120000', 'l', blob('a')])
  const head = commit(root)
  const good = pack([...[head, root, file].map((each) => whole(each)), refDelta(file, other), whole(blob('a'))])
  const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 })
  const folder = mkdtempSync(join(tmpdir(), 'initbox-fuzz-'))
  const ring = new Ring(4 << 20)
  let made = 0
  const property = fc.property(flips, fc.integer({ min: 1, max: 300 }), fc.boolean(), (changes, size, isPackKept) => {
    const changed = Buffer.from(good)
    for (const [at, value] of changes) changed[at] = value
    const at = mkdtempSync(join(folder, 'case-'))
    const waiting = mkdtempSync(join(folder, 'waiting-'))
    const budget = new SizeBudget(1 << 24)
    const limits = { maxFiles: 100, allowEscapingSymlinks: false, isPackKept }
    const more = { selection: everything, modes: modesFrom(0o644), ...limits }
    using spool = isPackKept ? new PackFile(waiting) : undefined
    const checkout = new Checkout({ root: at, folder: waiting, wanted: idOf(head), budget, ...more })
    const store = new ObjectStore({ ring, folder: waiting, sink: checkout, budget, pack: spool })
    checkout.reads(store)
    refusesOrTakes(() => {
      const reader = new PackReader(store)
      for (let from = 0; from < changed.length; from += size) {
        const end = Math.min(from + size, changed.length)
        spool?.write(changed, from, end)
        reader.push(changed, from, end)
      }
      reader.finish()
      store.finish()
      checkout.finish()
      made++
      expect(readdirSync(at).toSorted()).toEqual(['a', 'b', 'l'])
    })
    rmSync(at, { recursive: true })
    rmSync(waiting, { recursive: true })
  })
  expect(() => fc.assert(property, { numRuns: packRuns })).not.toThrow()
  rmSync(folder, { recursive: true })
  expect(made).toBeGreaterThan(0)
})
