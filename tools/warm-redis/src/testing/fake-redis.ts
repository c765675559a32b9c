import type { Socket } from 'node:net'
import { serve } from '@initbox/testing'
import { wordsAt } from '../resp/words.ts'

/** Answers a command: RESP, or nothing to stay silent. */
export type Answer = (words: readonly string[], socket: Socket) => string | undefined

/** A server on loopback that reads RESP and answers as the test says; returns its URL. */
export async function fakeRedis(answer: Answer): Promise<string> {
  const port = await serve((socket) => {
    let rest = Buffer.alloc(0)
    socket.on('data', (piece) => {
      rest = Buffer.concat([rest, piece])
      for (;;) {
        const end = whole(rest)
        if (end < 0) return
        const words = wordsAt(rest, 0).words.map(String)
        rest = rest.subarray(end)
        const reply = answer(words, socket)
        if (reply !== undefined && socket.writable) socket.write(reply)
      }
    })
  })
  return `redis://127.0.0.1:${port}`
}

/** Where the first command ends, or -1 when it is not all there. */
function whole(bytes: Buffer): number {
  let at = bytes.indexOf('\n') + 1
  if (at === 0) return -1
  for (let count = Number(bytes.toString('latin1', 1, at - 2)); count > 0; count--) {
    const from = bytes.indexOf('\n', at) + 1
    if (from === 0) return -1
    at = from + Number(bytes.toString('latin1', at + 1, from - 2)) + 2
  }
  return at <= bytes.length ? at : -1
}

/** A store of strings that speaks enough to be loaded. */
export function store(): { readonly keys: Map<string, string>; readonly answer: Answer } {
  const keys = new Map<string, string>()
  return {
    keys,
    answer: ([name, ...args]) => {
      if (name === 'SET') keys.set(args[0] ?? '', args[1] ?? '')
      if (name === 'MSET') for (let at = 0; at < args.length; at += 2) keys.set(args[at] ?? '', args[at + 1] ?? '')
      return '+OK\r\n'
    },
  }
}
