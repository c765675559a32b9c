import { isIP } from 'node:net'
import { option, systemCode } from '@initbox/core'
import { candidatesOf, LookupError, readResolvConf, resolve, stateOf, withResolver } from '@initbox/net/resolve'
import { NotYet } from '@initbox/net'
import { query, recordTypes } from './records.ts'
import { defineProbe } from '../probe.ts'

const parameters = {
  type: option.enum(['address', ...recordTypes], {
    default: 'address',
    help: 'Kind of records; address is A and AAAA',
  }),
  min: option.integer({
    default: '1',
    min: 1,
    max: 10_000,
    help: 'At least so many answers, as for a headless Service',
  }),
  answer: option.string({ help: 'One of the answers must be this' }),
  server: option.string({ help: 'IP address (and :port) of the name server to ask instead of those in resolv.conf' }),
}

export const probe = defineProbe({
  ready: 'the name resolves',
  example: 'dns://db.default.svc?min=3',
  address: { hosts: 'one', port: 'none' },
  parameters,
  prepare({ host, parameters: { type, min, answer, server } }) {
    if (isIP(host) !== 0) throw new Error('is an address and not a name')
    if (server !== undefined) checkServer(server)
    return {
      async attempt(signal) {
        const simple = type === 'address' && server === undefined
        const answers = await (simple ? resolve(host, signal) : ask(host, type, server, signal)).catch(explain)
        if (answers.length < min) {
          throw new NotYet(
            `${answers.length} of ${min} answers`,
            `${answers.length} of ${min} answers: ${answers.join(', ')}`,
          )
        }
        if (answer !== undefined && !answers.includes(answer)) {
          throw new NotYet('other answers', `no answer ${answer} in ${answers.join(', ')}`)
        }
        return answers.length === 1 ? answers[0] : `${answers.length} answers`
      },
    }
  },
})

/** Asks for one kind of records, with the search list, as a client would. */
async function ask(
  name: string,
  type: Parameters<typeof query>[2],
  server: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const conf = readResolvConf()
  const nameservers = server === undefined ? conf.nameservers : [server]
  return withResolver({ ...conf, nameservers }, signal, async (resolver) => {
    let last: unknown
    for (const candidate of candidatesOf(name, conf)) {
      try {
        return await query(resolver, candidate, type)
      } catch (error) {
        signal.throwIfAborted()
        last ??= error
        if (systemCode(error) !== 'ENOTFOUND') last = error
      }
    }
    const state = stateOf(systemCode(last))
    throw new LookupError(name, state, { cause: last, servers: nameservers })
  })
}

function explain(error: unknown): never {
  if (!(error instanceof LookupError)) throw error
  throw new NotYet(error.state, error.message, { gone: error.code === 'ENOTFOUND', cause: error })
}

/** `10.0.0.1`, `10.0.0.1:5353`, `fd00::1`, `[fd00::1]:5353`. Throws a plain Error that completes "the target …". */
function checkServer(server: string): void {
  if (isIP(server) !== 0) return
  const [, six, four = six, digits = '53'] = /^(?:\[(.*)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(server) ?? []
  if (isIP(four ?? '') === 0) throw new Error('has the parameter server, which is no IP address')
  if (Number(digits) < 1 || Number(digits) > 65_535) {
    throw new Error(`has the parameter server with the port ${digits}, which is not between 1 and 65535`)
  }
}
