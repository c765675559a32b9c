import { call } from './call.ts'
import type { AwsCredentials, AwsWorld, CredentialSettings } from './credentials.ts'
import { readCredentials, readToken } from './read-credentials.ts'
import { domainOf } from './region.ts'

/** STS AssumeRoleWithWebIdentity (API version 2011-06-15), which is not signed. The token goes in the body, since URLs are logged. */
export async function fromWebIdentity(
  region: string,
  world: AwsWorld,
  { tool, ask = call }: CredentialSettings,
): Promise<AwsCredentials | undefined> {
  const { environment, signal } = world
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file } = environment
  if (!role || !file) return undefined
  const endpoint = environment['AWS_ENDPOINT_URL_STS'] || environment['AWS_ENDPOINT_URL']
  const url = new URL(endpoint || `https://sts.${region}.${domainOf(region)}/`)
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: environment['AWS_ROLE_SESSION_NAME'] || tool,
    WebIdentityToken: readToken(file, 'AWS_WEB_IDENTITY_TOKEN_FILE', world),
  })
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await ask(url, 'STS', { method: 'POST', headers, body: String(body) }, signal)
  return readCredentials(answer, `STS at ${url.host}`)
}
