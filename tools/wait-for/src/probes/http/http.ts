import { type Secret, userAgent } from '@initbox/core'
import { basic, formatEndpoint, type Header, proxyRule, withDefaults } from '@initbox/net'
import { passwordOf } from '../../credentials.ts'
import { check } from './expectations.ts'
import { fetchAnswer } from './fetch-answer.ts'
import { isHeaderValue } from './values.ts'
import { httpParameters } from './parameters.ts'
import type { Target } from '../../target.ts'
import { tlsSettings } from '../../wire/tls-parameters.ts'
import { defineProbe, type ProbeContext } from '../probe.ts'

export const probe = defineProbe({
  ready: 'answers a request with an expected status (200-399), body and headers',
  example: 'https://api:8443/healthz?status=200&json=/status=UP',
  address: {
    hosts: 'one',
    port: { http: 80, https: 443, h2c: 80, ws: 80, wss: 443 },
    path: 'own',
    query: 'own',
    login: true,
  },
  parameters: httpParameters,
  prepare(target, context) {
    const { parameters } = target
    const url = urlOf(target)
    const { scheme } = target
    const headers = headersOf(target, context)
    for (const [name, value] of parameters.header) {
      // Other headers that carry a login by habit.
      if (/^(proxy-)?authorization$|cookie|token|api-?key|secret/.test(name)) context.redactor.add(value)
    }
    const proxy = proxyRule(parameters.proxy, context.environment, context.redactor)
    proxy(url) // A bad one is found before anything is tried.
    const { matches, json, method, body, redirects } = parameters
    const wantsBody = matches !== undefined || json.length > 0
    const wanted = {
      method,
      headers,
      body,
      redirects,
      proxy,
      tls: tlsSettings(parameters, context),
      wantsBody,
      http2: scheme === 'h2c',
      enough: matches === undefined ? undefined : (text: string) => matches.test(text),
    }
    const status = parameters.status ?? (scheme.startsWith('ws') ? [[101, 101] as const] : [[200, 399] as const])
    if (!scheme.startsWith('ws') && status.every(([, last]) => last < 200)) {
      throw new Error('waits for status 101, which only ws:// and wss:// ask for')
    }
    const expected = { ...parameters, status }
    const isExpected = (code: number): boolean => status.some(([first, last]) => code >= first && code <= last)
    return {
      attempt: async (signal) => check(await fetchAnswer(url, { ...wanted, isExpected }, signal), expected),
    }
  },
})

function urlOf({ scheme, host, port, path, query }: Target): URL {
  const text = `${scheme === 'https' || scheme === 'wss' ? 'https' : 'http'}://${formatEndpoint({ host, port })}${path}${query === '' ? '' : `?${query}`}`
  if (!URL.canParse(text)) throw new Error('is not a URL')
  return new URL(text)
}

/** RFC 9113 §8.2.2: what HTTP/2 has no place for. */
const notInHttp2 = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

function headersOf(target: Target<typeof httpParameters>, context: ProbeContext): readonly Header[] {
  const { scheme, parameters } = target
  const own: readonly Header[] = [...login(target, context), ...parameters.header]
  for (const [name, value] of own) {
    if (!isHeaderValue(value)) throw new Error(`has a secret with a character that the header ${name} cannot have`)
    if (scheme === 'h2c' && notInHttp2.has(name)) throw new Error(`has the header ${name}, which HTTP/2 does not have`)
  }
  return withDefaults(own, [['user-agent', userAgent('wait-for')], ...(scheme.startsWith('ws') ? upgrade : [])])
}

/** The opening handshake of a websocket (RFC 6455 §4.1); nobody looks at the answer to the key. */
const upgrade: readonly Header[] = [
  ['connection', 'Upgrade'],
  ['upgrade', 'websocket'],
  ['sec-websocket-version', '13'],
  ['sec-websocket-key', 'aW5pdGJveCB3YWl0LWZvcg=='],
]

type LogsIn = Target & {
  readonly parameters: { readonly tokenEnv: string | undefined; readonly passwordEnv: string | undefined }
}

function login(target: LogsIn, context: ProbeContext): Header[] {
  const {
    user,
    parameters: { tokenEnv },
  } = target
  const password: Secret | undefined = passwordOf(target, context)
  if (tokenEnv !== undefined) {
    if (password !== undefined) throw new Error('has a password and the parameter token-env')
    return [['authorization', `Bearer ${context.secret(tokenEnv).reveal()}`]]
  }
  if (user === undefined && password === undefined) return []
  return [['authorization', basic(user ?? '', password?.reveal() ?? '')]]
}
