import { DeniedError, option, type Secret } from '@initbox/core'
import { garbled, NotYet, type Wire } from '@initbox/net'
import { credentialParameters, passwordOf } from '../credentials.ts'
import { optionalTls, optionalTlsSettings } from '../wire/tls-parameters.ts'
import { withWire } from '../wire/with-wire.ts'
import { defineProbe } from './probe.ts'

type Wanted = { readonly user: string; readonly password: Secret | undefined; readonly key: string | undefined }

export const probe = defineProbe({
  ready: 'tells its version; without a password where it wants one, says that it wants one',
  example: 'memcached://cache:11211',
  address: { hosts: 'one', port: 11_211, path: '?exists=KEY', login: true },
  parameters: { ...credentialParameters, ...optionalTls, exists: option.string({ help: 'This key must exist' }) },
  prepare(target, context) {
    const { user = '', parameters } = target
    const { exists: key } = parameters
    // Anything else would be a command of its own, or no key at all (memcached's protocol.txt, "Keys").
    if (key !== undefined && !/^[!-~]{1,250}$/.test(key)) throw new Error('has a key that is no key of memcached')
    const tls = optionalTlsSettings(parameters, context)
    const password = passwordOf(target, context)
    if ((user === '') !== (password === undefined)) throw new Error('needs a user and a password, or neither')
    const wanted = { user, key, password }
    return { attempt: (signal) => withWire(target, signal, tls, (wire) => check(wire, wanted)) }
  },
})

async function check(wire: Wire, { user, password, key }: Wanted): Promise<string | undefined> {
  const ask = async (command: string): Promise<string> => {
    wire.write(`${command}\r\n`)
    return wire.readLine(1_024)
  }
  if (password !== undefined) {
    // How memcached logs in since 1.5.15, when it was started with an authfile.
    const login = `${user} ${password.reveal()}`
    const answer = await ask(`set login 0 0 ${Buffer.byteLength(login)}\r\n${login}`)
    if (answer !== 'STORED') throw explain(answer)
  }
  const version = await ask('version')
  if (version === 'CLIENT_ERROR unauthenticated' && key === undefined) return 'password wanted, server is up'
  if (!version.startsWith('VERSION ')) throw explain(version)
  if (key === undefined) return undefined
  const found = await ask(`get ${key}`)
  if (found === 'END') throw new NotYet('no key', `the key '${key}' does not exist`, { gone: true })
  if (!found.startsWith('VALUE ')) throw explain(found)
  return undefined
}

/** Error lines of the text protocol (memcached's protocol.txt, "Error strings"). */
function explain(line: string): Error {
  if (/^CLIENT_ERROR (unauth|auth)/.test(line)) {
    return new DeniedError(`memcached says: ${line}`, { hint: 'add ?password-env=NAME' })
  }
  if (line.startsWith('SERVER_ERROR ')) return new NotYet('server error', `memcached says: ${line}`)
  return garbled('no answer of memcached')
}
