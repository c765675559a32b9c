import { createHash } from 'node:crypto'
import { Secret } from '@initbox/core'
import { garbled, type Wire } from '@initbox/net'
import type { Document } from './bson.ts'
import { runCommand } from './protocol.ts'
import { Scram } from '../scram.ts'

/** Logs in by SCRAM-SHA-256, or by SCRAM-SHA-1 where the server offers this user nothing else (MongoDB's driver specification, "Authentication"). */
export async function logIn(
  wire: Wire,
  database: string,
  user: string,
  password: Secret,
  hello: Document,
): Promise<void> {
  const offered = hello.get('saslSupportedMechs')
  const modern = offered instanceof Map && [...offered.values()].includes('SCRAM-SHA-256')
  const digest = (): string => createHash('md5').update(`${user}:mongo:${password.reveal()}`).digest('hex')
  const scram = modern ? new Scram('sha256', user, password) : new Scram('sha1', user, new Secret(digest()))
  const mechanism = modern ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1'
  const first = { saslStart: 1, mechanism, payload: Buffer.from(scram.first), $db: database }
  let answer = await runCommand(wire, first)
  const go = async (payload: string): Promise<string> => {
    const conversationId = answer.get('conversationId')
    if (typeof conversationId !== 'number') throw garbled('no conversation')
    answer = await runCommand(wire, { saslContinue: 1, conversationId, payload: Buffer.from(payload), $db: database })
    return payloadOf(answer)
  }
  scram.check(await go(await scram.final(payloadOf(answer))))
  if (answer.get('done') !== true) await go('')
}

function payloadOf(answer: Document): string {
  const payload = answer.get('payload')
  if (!Buffer.isBuffer(payload)) throw garbled('no SCRAM message')
  return payload.toString()
}
