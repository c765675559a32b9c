import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { runToolWith, type ToolRun, useVolume, volumeEntries } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { served } from '../testing/clone-of.ts'
import { packAnswer } from '../testing/git-server.ts'
import { blob, commit, idOf, pack, tag, tree, whole } from '../testing/objects.ts'
import { tool } from '../tool.ts'
import { delimiter, flush, pktLine } from '../wire/pkt-line.ts'

useVolume()

const page = blob('one\n')
const root = tree(['100644', 'index.html', page])
const head = commit(root)
const id = idOf(head)
const objects = [head, root, page]

const clone = (url: string, ...flags: string[]): Promise<ToolRun> =>
  runToolWith(tool, [url, '--out', 'repo', ...(flags.includes('--timeout') ? [] : ['--timeout', '20s']), ...flags])

/** The first answer of the old protocol, with these refs in it. */
function oldGreeting(refs: readonly string[]): string {
  const [first = '', ...more] = refs
  const capabilities = 'side-band-64k ofs-delta shallow symref=HEAD:refs/heads/main agent=old'
  const service = pktLine('# service=git-upload-pack') + flush
  return service + pktLine(`${first}\0${capabilities}`) + more.map((each) => pktLine(each)).join('') + flush
}

describe('a ref that moves between the question and the fetch', () => {
  const newPage = blob('two\n')
  const newRoot = tree(['100644', 'index.html', newPage])
  const later = commit(newRoot, 'second')
  const refs = (at: string): string => pktLine(`${at} HEAD symref-target:refs/heads/main`) + flush

  /** Moves as soon as its refs are told, and gives what was there before no more. */
  async function moving(): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = []
    const bytes = pack([later, newRoot, newPage].map((each) => whole(each)))
    const before = (_: IncomingMessage, response: ServerResponse, body: string): boolean => {
      if (body !== '') asked.push(body.includes('ls-refs') ? 'refs' : 'fetch')
      const isFirst = asked.length === 1 && body.includes('ls-refs')
      if (!isFirst && !body.includes(`want ${id}`)) return false
      response.setHeader('content-type', 'application/x-git-upload-pack-result')
      response.end(isFirst ? refs(id) : pktLine(`ERR upload-pack: not our ref ${id}`))
      return true
    }
    return { url: await served([later], bytes, { refs: refs(idOf(later)), before }), asked }
  }

  test('is looked up again, and its new commit is published', async () => {
    const { url, asked } = await moving()
    const { code, log } = await clone(url)
    expect({ code, log }).toMatchObject({ code: 0, log: expect.stringContaining('HEAD changed meanwhile') })
    expect(asked).toEqual(['refs', 'fetch', 'refs', 'fetch'])
    expect(readFileSync('repo/index.html', 'utf8')).toBe('two\n')
  })

  test('is refused where another commit is expected', async () => {
    const { url } = await moving()
    const { code, log } = await clone(url, '--expect-sha', id)
    expect({ code, log }).toMatchObject({ code: 5, log: expect.stringContaining('(--expect-sha)') })
    expect(volumeEntries()).toEqual([])
  })
})

describe('a server that fails on the way', () => {
  const large = blob(Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index * 31) >> 7)))
  const top = tree(['100644', 'index.html', page], ['100644', 'large', large])
  const tip = commit(top)
  const bytes = pack([tip, top, page, large].map((each) => whole(each)))
  const answer = packAnswer(bytes)
  const half = answer.subarray(0, answer.length / 2)

  test.each<[string, (response: ServerResponse) => void]>([
    ['cuts the connection', (response) => response.write(half, () => response.destroy())],
    ['ends early', (response) => response.end(half)],
    ['falls silent', (response) => response.write(half)],
    ['says 503', (response) => response.writeHead(503).end()],
    ['says 429 with a time', (response) => response.writeHead(429, { 'retry-after': '1' }).end()],
  ])('%s: the fetch is tried again from its beginning, and all is there', async (_, fail) => {
    let tries = 0
    const url = await served([tip], bytes, {
      before: (__, response, body) => {
        if (!body.includes('command=fetch') || tries++ > 0) return false
        response.setHeader('content-type', 'application/x-git-upload-pack-result')
        fail(response)
        return true
      },
    })
    const { code, log } = await clone(url, '--attempt-timeout', '500ms')
    expect({ code, log }).toMatchObject({ code: 0, log: expect.stringContaining('not yet: ') })
    expect(tries).toBe(2)
    expect(volumeEntries().toSorted()).toEqual([
      '.initbox-git-clone.repo.tree',
      'repo',
      'repo/index.html',
      'repo/large',
    ])
    expect(readFileSync('repo/large').equals(large.content)).toBe(true)
  })

  test('for ever: exit 124 with the last reason, and nothing is left', async () => {
    const url = await served([tip], bytes, {
      before: (_, response, body) => {
        if (!body.includes('command=fetch')) return false
        response.setHeader('content-type', 'application/x-git-upload-pack-result')
        response.write(half, () => response.destroy())
        return true
      },
    })
    const { code, log } = await clone(url, '--timeout', '1s')
    expect({ code, log }).toEqual({
      code: 124,
      log: expect.stringMatching(/gave up after 1 s: .*(closed|reset|ended)/),
    })
    expect(volumeEntries()).toEqual([])
  })
})

describe('what is asked', () => {
  test.each([
    [[], ['HEAD']],
    [
      ['--ref', 'main'],
      ['refs/heads/main', 'refs/tags/main', 'refs/main'],
    ],
    [['--ref', 'refs/heads/main'], ['refs/heads/main']],
  ])('%j is for no other refs, and whoever tells of others is not minded', async (flags, prefixes) => {
    const asked: string[] = []
    const others = Array.from({ length: 2_000 }, (_, index) => pktLine(`${'1'.repeat(40)} refs/heads/main-${index}`))
    const url = await served(objects, undefined, {
      refs:
        others.join('') +
        pktLine(`${id} HEAD symref-target:refs/heads/main`) +
        pktLine(`${id} refs/heads/main`) +
        others.join('') +
        flush,
      before: (_, __, body) => (asked.push(body), false),
    })
    expect(await clone(url, ...flags)).toMatchObject({ code: 0 })
    expect([...(asked[1] ?? '').matchAll(/ref-prefix ([^\n]*)\n/g)].map(([, prefix]) => prefix)).toEqual(prefixes)
  })
})

describe('a server that never ends', () => {
  /** An answer of so many pieces, as far as anybody takes them. */
  async function endless(begin: string, piece: (index: number) => string, isGreeting = false): Promise<ToolRun> {
    const url = await served(objects, undefined, {
      before: (request, response, body) => {
        const isAsked = isGreeting
          ? request.method === 'GET'
          : body.includes(begin === '' ? 'ls-refs' : 'command=fetch')
        if (!isAsked) return false
        const type = isGreeting ? 'advertisement' : 'result'
        response.setHeader('content-type', `application/x-git-upload-pack-${type}`)
        const pieces = function* (): Generator<string> {
          yield begin
          const again = piece(1)
          for (let index = 0; index < 20_000; index++) yield index < 10 ? piece(index) : again
        }
        Readable.from(pieces()).pipe(response)
        return true
      },
    })
    return clone(url)
  }
  const lines = (index: number, line: (index: number) => string): string =>
    Array.from({ length: 500 }, (_, each) => pktLine(line(index * 500 + each))).join('')

  test.each<[string, string, (index: number) => string, string, boolean?]>([
    ['10 million refs', '', (index) => lines(index, (each) => `${id} refs/heads/${each}`), 'more than 1000000 refs'],
    [
      '10 million refs of the old protocol',
      pktLine('# service=git-upload-pack') + flush,
      (index) => lines(index, (each) => `${id} refs/heads/${each}${each === 0 ? '\0side-band-64k' : ''}`),
      'more than 1000000 refs',
      true,
    ],
    [
      '10 million times the ref that is wanted',
      '',
      (index) => lines(index, () => `${id} HEAD`),
      'more than 100000 branches and tags',
    ],
    [
      'a million things that it can do',
      pktLine('version 2'),
      (index) => lines(index, (each) => `can-${each}=1`),
      'names more than 1000 things',
      true,
    ],
    [
      'shallow commits without end',
      pktLine('shallow-info'),
      (index) => lines(index, () => `shallow ${id}`),
      'sends no pack',
    ],
    [
      'words without end',
      pktLine('packfile'),
      () => pktLine(`\x02${'counting '.repeat(1_000)}`),
      'the server talks, and sends no pack',
    ],
  ])('%s', async (_, begin, piece, says, isGreeting) => {
    const { code, log } = await endless(begin, piece, isGreeting)
    expect({ code, log }).toMatchObject({ code: 5, log: expect.stringContaining(says) })
    expect(volumeEntries()).toEqual([])
  })
})

describe('refs that are none', () => {
  test.each([
    ['a control character', `${id} refs/heads/a\x1b[31m`, 'control characters in its name: "refs/heads/a\\u001b[31m"'],
    ['a line end', `${id} refs/heads/a\nb`, 'control characters in its name'],
    ['no name', `${id} `, 'control characters in its name: ""'],
    ['no id', 'main refs/heads/main', 'a line that is no ref'],
    ['a peeled id that is none', `${id} refs/tags/v1 peeled:../../x`, 'a line that is no ref'],
  ])('%s', async (_, line, says) => {
    const { code, log } = await clone(await served(objects, undefined, { refs: pktLine(line) + flush }))
    expect({ code, log }).toMatchObject({ code: 5, log: expect.stringContaining(says) })
  })

  test.each([`${id} refs/heads/a\x07`, `${id} refs/heads/a\nb`, `${id}refs/heads/a`])(
    '%j in the old protocol',
    async (line) => {
      const { code, log } = await clone(
        await served(objects, undefined, { greeting: oldGreeting([`${id} HEAD`, line]) }),
      )
      expect({ code, log }).toMatchObject({ code: 5, log: expect.stringContaining('the server sent a') })
    },
  )
})

describe('a repository whose ids are SHA-256', () => {
  const long = id.padEnd(64, '0')
  test.each([
    ['that says so', { greeting: [pktLine('version 2'), pktLine('object-format=sha256'), flush].join('') }],
    [
      'that says so in the old protocol',
      { greeting: oldGreeting([`${long} HEAD`]).replace('agent=old', 'object-format=sha256') },
    ],
    ['that does not', { greeting: oldGreeting([`${long} HEAD`]) }],
    ['whose refs show it', { refs: pktLine(`${long} HEAD`) + flush }],
  ])('%s', async (_, answers) => {
    const { code, log } = await clone(await served(objects, undefined, answers))
    expect({ code, log }).toMatchObject({ code: 5, log: expect.stringMatching(/sha-?256.* not supported yet/i) })
    expect(volumeEntries()).toEqual([])
  })
})

describe('servers that know less than git', () => {
  test('no depth: the history comes along, and of it nothing is published', async () => {
    const old = blob('old\n')
    const before = commit(tree(['100644', 'old', old]), 'before')
    const all = [...objects, before, tree(['100644', 'old', old]), old].map((each) => whole(each))
    const asked: string[] = []
    const url = await served(objects, pack(all), {
      greeting: [pktLine('version 2'), pktLine('ls-refs'), pktLine('fetch'), flush].join(''),
      before: (_, __, body) => (asked.push(body), false),
    })
    expect(await clone(url)).toMatchObject({ code: 0 })
    expect(asked.at(-1)).not.toContain('deepen')
    expect(volumeEntries().toSorted()).toEqual(['.initbox-git-clone.repo.tree', 'repo', 'repo/index.html'])
    expect(await runToolWith(tool, [url, '--out', 'kept', '--history', '1'])).toMatchObject({ code: 0 })
  })

  test('a commit that no ref leads to is not asked for where the old protocol does not allow it', async () => {
    const tip = commit(tree(['100644', 'later', page]), 'later')
    const asked: string[] = []
    const all = [tip, tree(['100644', 'later', page]), ...objects].map((each) => whole(each))
    const { length } = pktLine('shallow-info') + delimiter + pktLine('packfile')
    const url = await served(objects, undefined, {
      greeting: oldGreeting([
        `${idOf(tip)} HEAD`,
        `${idOf(tip)} refs/heads/main`,
        `${idOf(tag(tip))} refs/tags/v1`,
        `${idOf(tip)} refs/tags/v1^{}`,
      ]),
      fetch: Buffer.concat([Buffer.from(pktLine('NAK')), packAnswer(pack(all)).subarray(length)]),
      before: (request, _, body) => (request.method === 'POST' && asked.push(body), false),
    })
    expect(await clone(url, '--ref', id)).toMatchObject({ code: 0 })
    expect(asked.map((body) => body.match(/want \w+/g))).toEqual([[`want ${idOf(tip)}`]])
    expect(readFileSync('repo/index.html', 'utf8')).toBe('one\n')
  })
})
