import { type Secret } from '@initbox/core'
import { basic, formatEndpoint, type Header, proxyRule } from '@initbox/net'
import { passwordOf } from '../../credentials.ts'
import { check } from './expectations.ts'
import { fetchAnswer } from './fetch-answer.ts'
import { httpParameters } from './parameters.ts'
import type { Target } from '../../target.ts'
import { tlsSettings } from '../../wire/tls-parameters.ts'
import { defineProbe, type ProbeContext } from '../probe.ts'

export const probe = defineProbe({
  ready: 'answers a request with an expected status (200-399), body and headers',
  example: 'https://api:8443/healthz?status=200&json=/status=UP',
  address: { hosts: 'one', port: { http: 80, https: 443, h2c: 80 }, query: 'own' },
  parameters: httpParameters,
  prepare(target, context) {
    const { parameters } = target
    const url = urlOf(target)
    const headers: Header[] = [...parameters.header, ...login(target, context)]
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
      http2: target.scheme === 'h2c',
    }
    return { attempt: async (signal) => check(await fetchAnswer(url, wanted, signal), parameters) }
  },
})

function urlOf({ scheme, host, port, path, query }: Target): URL {
  const text = `${scheme === 'https' ? 'https' : 'http'}://${formatEndpoint({ host, port })}${path}${query === '' ? '' : `?${query}`}`
  if (!URL.canParse(text)) throw new Error('is not a URL')
  return new URL(text)
}

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
