import { option } from '@initbox/core'
import { tlsOptions } from '../tls/settings.ts'
import { parseProxy } from './proxy.ts'

/** Options of a tool that speaks HTTP; it spreads them into its table. */
export const httpOptions = {
  ...tlsOptions,
  proxy: option.of(
    'url|none',
    parseProxy,
  )({ help: 'Proxy to use; otherwise HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count' }),
}
