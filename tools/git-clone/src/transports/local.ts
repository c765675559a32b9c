import { statSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { openBundle } from '../local/bundle.ts'
import { reading } from '../local/local-file.ts'
import { openRepository } from '../local/local-repository.ts'
import type { LocalRequest, LocalSource } from '../local/local-source.ts'
import type { Ref } from '../protocol/ref.ts'
import { delimiter, flush, pktLine } from '../wire/pkt-line.ts'
import type { Connection, Take } from './connection.ts'

export type LocalSettings = { readonly path: string; readonly signal: AbortSignal }

/** Bytes of a pack in one packet, with its length and band before them. */
const PACKET = 65_000
const HEAD = 5

/** A repository or bundle of this machine, which answers as a server of protocol v2 would. */
export function openLocal({ path, signal }: LocalSettings): Connection {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? !path.endsWith('.bundle')
  const source: LocalSource = reading(path, () => (isFolder ? openRepository(path) : openBundle(path)))
  return {
    greet: async (take) => {
      const abilities = source.abilities === '' ? 'fetch' : `fetch=${source.abilities}`
      take(Buffer.from(['version 2', 'ls-refs', abilities].map(pktLine).join('') + flush))
    },
    exchange: async (request, take) => {
      if (request.includes('command=ls-refs')) answerRefs(source, values(request, 'ref-prefix'), take)
      else await answerFetch(source, requestOf(request), take, signal)
    },
    close: () => source.close(),
  }
}

function answerRefs(source: LocalSource, prefixes: readonly string[], take: Take): void {
  for (const ref of source.refs())
    if (prefixes.some((prefix) => ref.name.startsWith(prefix))) take(Buffer.from(pktLine(listed(ref))))
  take(Buffer.from(flush))
}

function listed({ id, name, target, peeled }: Ref): string {
  const more = [target === undefined ? '' : ` symref-target:${target}`, peeled === undefined ? '' : ` peeled:${peeled}`]
  return `${id} ${name}${more.join('')}`
}

async function answerFetch(source: LocalSource, request: LocalRequest, take: Take, signal: AbortSignal): Promise<void> {
  const { shallow, pack } = source.fetch(request)
  const lines = shallow.map((id) => pktLine(`shallow ${id}`)).join('')
  const head = lines === '' ? '' : pktLine('shallow-info') + lines + delimiter
  take(Buffer.from(head + pktLine('packfile')))
  const packet = Buffer.alloc(HEAD + PACKET)
  let rounds = 0
  for await (const piece of pack)
    for (let at = 0; at < piece.length; at += PACKET) {
      const size = piece.copy(packet, HEAD, at, at + PACKET)
      packet.write(`${(size + HEAD).toString(16).padStart(4, '0')}\x01`, 'latin1')
      take(packet.subarray(0, HEAD + size))
      // All else is synchronous: a signal gets its turn.
      if (++rounds % 64 === 0) await setImmediate()
      signal.throwIfAborted()
    }
  take(Buffer.from(flush))
}

function requestOf(request: string): LocalRequest {
  const [depth] = values(request, 'deepen')
  return {
    wants: values(request, 'want'),
    depth: depth === undefined ? undefined : Number(depth),
    withoutBlobs: request.includes('filter blob:none'),
    withTags: request.includes('include-tag'),
  }
}

/** What stands behind a word, line by line; each begins with four digits of its length. */
function values(request: string, word: string): string[] {
  return [...request.matchAll(new RegExp(`^(?:0000|0001)*[\\da-f]{4}${word} (.*)$`, 'gm'))].map(
    ([, value = '']) => value,
  )
}
