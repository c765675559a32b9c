import { credentialProvider } from '@initbox/aws'
import type { HttpClient } from '../http/client.ts'
import type { Sessions } from '../sources/source.ts'
import { httpHandler } from './http-handler.ts'
import { asking } from './way.ts'

/**
 * What an AWS client is made with. Everything that it would look up in files is given, so it reads none; it tries once, for
 * the run tries again itself; and it gets the credentials that a Pod has (packages/aws).
 */
export function clientSettings(
  service: 'SECRETS_MANAGER' | 'SSM',
  region: string,
  http: HttpClient,
  sessions: Sessions,
) {
  const { given, context } = sessions
  const { environment } = context
  const endpoint = environment[`AWS_ENDPOINT_URL_${service}`] || environment['AWS_ENDPOINT_URL']
  return {
    region,
    ...(endpoint ? { endpoint } : {}),
    credentials: credentialProvider(region, context, { tool: 'fetch-secret', ask: asking(http) }),
    requestHandler: httpHandler(http, given.maxSize),
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useDualstackEndpoint: environment['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    useFipsEndpoint: environment['AWS_USE_FIPS_ENDPOINT'] === 'true',
    userAgentAppId: 'initbox',
    authSchemePreference: [],
  }
}
