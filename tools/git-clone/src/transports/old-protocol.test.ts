import { readdirSync, readFileSync } from 'node:fs'
import { runToolWith, useVolume } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { packAnswer } from '../testing/git-server.ts'
import { served } from '../testing/clone-of.ts'
import { blob, commit, idOf, pack, refDelta, tag, tree, whole } from '../testing/objects.ts'
import { tool } from '../tool.ts'
import { flush, pktLine } from '../wire/pkt-line.ts'

useVolume()

const page = blob('one\n')
const root = tree(['100644', 'index.html', page])
const head = commit(root)
const bytes = pack([head, root, page].map((each) => whole(each)))
const id = idOf(head)

/** The first answer of a server that knows only the old protocol. */
const greeting = [
  pktLine('# service=git-upload-pack'),
  flush,
  pktLine(`${id} HEAD\0multi_ack side-band-64k ofs-delta shallow symref=HEAD:refs/heads/main agent=old`),
  pktLine(`${id} refs/heads/main`),
  pktLine(`${idOf(tag(head))} refs/tags/v1`),
  pktLine(`${id} refs/tags/v1^{}`),
  flush,
].join('')

/** The answer in which the pack comes: in the old protocol a NAK stands before it. */
const oldAnswer = Buffer.concat([
  Buffer.from(pktLine(`shallow ${id}`) + flush + pktLine('NAK')),
  packAnswer(bytes).subarray(Buffer.byteLength(`${pktLine('shallow-info')}0001${pktLine('packfile')}`)),
])

describe('the old protocol', () => {
  test.each([[[]], [['--ref', 'main']], [['--ref', 'v1']], [['--ref', id]]])('%j', async (flags) => {
    const asked: string[] = []
    const url = await served([head], bytes, {
      greeting,
      fetch: oldAnswer,
      before: (_, __, body) => (asked.push(body), false),
    })
    const { code, log } = await runToolWith(tool, [url, '--out', 'repo', ...flags])
    expect({ code, log }).toMatchObject({ code: 0 })
    expect(readFileSync('repo/index.html', 'utf8')).toBe('one\n')
    expect(asked.at(-1)).toContain(`want ${id} multi_ack side-band-64k ofs-delta shallow agent=initbox/`)
  })
})

describe('a server that gives no commit by its id', () => {
  const refusal = Buffer.from(pktLine(`ERR upload-pack: not our ref ${id}`))
  const tip = '1'.repeat(40)
  const refs = pktLine(`${tip} refs/heads/main`) + flush

  test('is asked for its refs, in whose history the commit is found', async () => {
    const url = await served([head], bytes, {
      refs,
      before: (_, response, body) => {
        if (!body.includes(`want ${id}`)) return false
        response.setHeader('content-type', 'application/x-git-upload-pack-result')
        response.end(refusal)
        return true
      },
    })
    expect(await runToolWith(tool, [url, '--out', 'repo', '--ref', id])).toMatchObject({ code: 0 })
  })

  test('and when it is not there either, that is said', async () => {
    const url = await served([head], bytes, { refs, fetch: refusal })
    const { code, log } = await runToolWith(tool, [url, '--out', 'repo', '--ref', id])
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringContaining(`commit ${id} is not in`) })
  })
})

test('a part of the tree from a server that cannot leave the rest out', async () => {
  const wanted = blob('wanted\n')
  const rest = blob('rest\n')
  const folder = tree(['100644', 'wanted', wanted])
  const top = tree(['40000', 'a', folder], ['100644', 'rest', rest])
  const commitOf = commit(top)
  // The rest comes first, and is the base of what is wanted.
  const entries = [...[commitOf, top, folder, rest].map((each) => whole(each)), refDelta(rest, wanted)]
  const url = await served([commitOf], pack(entries), {
    greeting: greeting.replaceAll(id, idOf(commitOf)),
    fetch: Buffer.concat([
      Buffer.from(pktLine(`shallow ${idOf(commitOf)}`) + flush + pktLine('NAK')),
      packAnswer(pack(entries)).subarray(Buffer.byteLength(`${pktLine('shallow-info')}0001${pktLine('packfile')}`)),
    ]),
  })
  for (const flags of [
    ['--subpath', 'a', '--out', 'part'],
    ['--sparse', '/a/', '--out', 'sparse'],
  ]) {
    const { code, log } = await runToolWith(tool, [url, ...flags])
    expect({ code, log }).toMatchObject({ code: 0 })
  }
  expect(readFileSync('part/wanted', 'utf8')).toBe('wanted\n')
  expect(readFileSync('sparse/a/wanted', 'utf8')).toBe('wanted\n')
  expect(readdirSync('sparse')).toEqual(['a'])
})
