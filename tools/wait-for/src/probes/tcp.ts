import type { Socket } from 'node:net'
import { option } from '@initbox/core'
import { connect, NotYet } from '@initbox/net'
import { regex } from '../regex.ts'
import { defineProbe } from './probe.ts'

export const probe = defineProbe({
  ready: 'accepts a connection; keeps it open, or greets, when asked to',
  example: 'tcp://db:5432',
  address: { hosts: 'one', port: 'required' },
  parameters: {
    openFor: option.duration({
      help: 'The connection must stay open for this long: a proxy without a server closes it',
    }),
    expect: regex({
      help: 'Regular expression that the first 4 KiB which the server sends by itself must match, as in ^220',
    }),
  },
  prepare: (target) => ({
    async attempt(signal) {
      const { openFor, expect } = target.parameters
      const socket = await connect(target, { signal })
      try {
        const greeting = expect === undefined ? undefined : await readGreeting(socket, expect, signal)
        if (openFor !== undefined) await staysOpen(socket, openFor, signal)
        return greeting
      } finally {
        socket.destroy()
      }
    },
  }),
})

async function readGreeting(socket: Socket, expect: RegExp, signal: AbortSignal): Promise<string> {
  const { clip, connectedBut } = await import('@initbox/net')
  return new Promise((resolve, reject) => {
    let text = ''
    const differs = (): void => {
      const told = text === '' ? 'it closed the connection without a word' : `it says: ${clip(text)}`
      reject(new NotYet(text === '' ? 'closed' : 'other greeting', `no ${String(expect)} from it, ${told}`))
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (expect.test(text)) resolve(clip(text.split('\n', 1)[0] ?? ''))
      else if (text.length >= 4_096) differs()
    })
    socket.on('end', differs).on('error', differs)
    signal.addEventListener('abort', () => (text === '' ? reject(connectedBut(signal.reason)) : differs()), {
      once: true,
    })
  })
}

function staysOpen(socket: Socket, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    const closed = (): void => {
      clearTimeout(timer)
      reject(new NotYet('closed', 'it accepts connections and closes them at once'))
    }
    socket.on('end', closed).on('error', closed).resume()
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true })
  })
}
