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
  prepare({ host, path, parameters: { type, min, answer, server } }) {
    if (path !== '' && path !== '/') throw new Error('has a path')
    if (isIP(host) !== 0) throw new Error('is an address and not a name')
    if (server !== undefined && !/^([\d.]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(server) && isIP(server) === 0) {
      throw new Error('has the parameter server, which is no IP address')
    }
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
