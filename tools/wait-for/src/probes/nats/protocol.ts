import { DeniedError, type Secret } from '@initbox/core'
import { garbled, NotYet, type Wire } from '@initbox/net'

type Login = { readonly user: string | undefined; readonly password: Secret | undefined; readonly tls: boolean }

/** CONNECT (docs.nats.io, "Client Protocol"). A user without a password, or a password without a user, is a token. */
export function connectLine({ user, password, tls }: Login): string {
  const pass = password?.reveal()
  const login = user !== undefined && pass !== undefined ? { user, pass } : { auth_token: user ?? pass }
  const rest = { verbose: false, pedantic: false, headers: true, no_responders: true, tls_required: tls, protocol: 1 }
  return `CONNECT ${JSON.stringify({ ...rest, ...login, name: 'wait-for', lang: 'node', version: '1' })}`
}

/** What an `-ERR '…'` line means; undefined for any other line. */
export function errorLine(line: string): Error | undefined {
  if (!line.startsWith('-ERR')) return undefined
  const text = `NATS says: ${line.slice(5, 300)}`
  if (/authorization|authentication|permissions/i.test(line)) return new DeniedError(text)
  if (/TLS required/i.test(line)) return new DeniedError(text, { hint: 'add ?tls' })
  if (/maximum connections/i.test(line)) return new NotYet('too many clients', text)
  return new NotYet('error', text)
}

export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below, like any other text that is no object.
  }
  throw garbled('no JSON object')
}

/** Asks the JetStream API. Throws NotYet when nobody answers for it or the answer is an error. */
export async function request(wire: Wire, subject: string): Promise<void> {
  // Everybody may listen to an inbox: another waiter must not take our answer for its own.
  const inbox = `_INBOX.${Math.random().toString(36).slice(2)}`
  wire.write(`SUB ${inbox} ${inbox}\r\nPUB ${subject} ${inbox} 0\r\n\r\n`)
  for (;;) {
    const line = await wire.readLine(32_768)
    const error = errorLine(line)
    if (error !== undefined) throw error
    const [, verb, id, header = '0', size] = /^(H?MSG) \S+ (\S+) (?:(\d+) )?(\d+)$/.exec(line) ?? []
    if (verb === undefined && !/^(PING|\+OK|INFO .*)$/.test(line)) throw garbled('no message')
    if (line === 'PING') wire.write('PONG\r\n')
    if (verb === undefined) continue
    const body = (await wire.readExactly(Number(size) + 2)).toString()
    if (id === inbox) return judge(body.slice(Number(header), -2))
  }
}

function judge(body: string): void {
  // A message without content is the server's own: 503, nobody listens to this subject.
  if (body === '') throw new NotYet('no JetStream', 'JetStream does not answer')
  const error: unknown = parseObject(body)['error']
  if (error === undefined || error === null) return
  const { code, description = 'error' } = error as { readonly code?: unknown; readonly description?: unknown }
  const text = `JetStream says: ${String(description)}`
  if (code === 404) throw new NotYet('no stream', text, { gone: true })
  throw new NotYet('no JetStream', text)
}
