import { option } from '@initbox/core'
import { credentialParameters } from '../../credentials.ts'
import { parseProxy } from '@initbox/net'
import { regex } from '../../regex.ts'
import { tlsParameters } from '../../wire/tls-parameters.ts'
import { parseHeader, parseMethod, parsePointer, parseStatuses } from './values.ts'

/** What is sent, and what the answer must be like. */
export const httpParameters = {
  method: option.of('GET|HEAD|POST|…', parseMethod)({ default: 'GET', help: 'Method of the request' }),
  header: option.list(option.of('name: value', parseHeader)({ help: 'Header to send' })),
  body: option.string({ help: 'Body to send, on each try' }),
  status: option.of(
    'ranges',
    parseStatuses,
  )({ help: 'Statuses that count as ready, as in 200-299,404 or 5xx; 200-399 when not given, 101 for ws and wss' }),
  matches: regex({ help: 'Regular expression that the first MiB of the body must match' }),
  json: option.list(
    option.of('/pointer=value', parsePointer)({ help: 'What the JSON body must have at a pointer (RFC 6901)' }),
  ),
  responseHeader: option.list(option.of('name: value', parseHeader)({ help: 'Header that the answer must have' })),
  redirects: option.integer({ default: '0', min: 0, max: 20, help: 'Follow so many redirects' }),
  proxy: option.of(
    'url|none',
    parseProxy,
  )({
    help: 'Proxy for this target; otherwise HTTP_PROXY, HTTPS_PROXY and NO_PROXY count',
  }),
  tokenEnv: option.string({
    help: 'Variable that holds a bearer token; with _FILE added, the variable that names its file',
  }),
  ...credentialParameters,
  ...tlsParameters,
}
