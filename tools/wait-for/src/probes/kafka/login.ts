import { DeniedError, type Secret } from '@initbox/core'
import type { Wire } from '@initbox/net'
import { api, int, readList, readText, request, text } from './protocol.ts'

export const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

/** Logs in by SASL (KIP-43, KIP-152). Throws DeniedError when the broker says no. */
export async function logIn(
  wire: Wire,
  mechanism: (typeof mechanisms)[number],
  user: string,
  password: Secret,
): Promise<void> {
  const fields = await request(wire, api.saslHandshake, 1, text(mechanism))
  const error = fields.int(2)
  if (error !== 0) {
    const offered = readList(fields, () => readText(fields)).join(', ') || 'no login at all'
    throw new DeniedError(`the broker offers ${offered}, not ${mechanism}`, { hint: 'name one of them with sasl=' })
  }
  if (mechanism === 'PLAIN') {
    await authenticate(wire, `\0${user}\0${password.reveal()}`)
    return
  }
  const { Scram } = await import('../scram.ts')
  const scram = new Scram(mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', user, password)
  scram.check(await authenticate(wire, await scram.final(await authenticate(wire, scram.first))))
}

async function authenticate(wire: Wire, said: string): Promise<string> {
  const bytes = Buffer.from(said)
  const fields = await request(wire, api.saslAuthenticate, 0, int(bytes.length, 4), bytes)
  const error = fields.int(2)
  const message = readText(fields)
  if (error !== 0) throw new DeniedError(`the broker says: ${message.slice(0, 300) || `error ${error}`}`)
  return fields.text(fields.int(4))
}
