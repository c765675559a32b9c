import { findCredentials, sign } from '@initbox/aws'
import { encodePath } from '../path-template.ts'
import { type Login, loginCall } from './login.ts'

/** What is signed: STS's GetCallerIdentity, which the server sends on to learn who we are. */
const body = 'Action=GetCallerIdentity&Version=2011-06-15'

/** With the Pod's AWS role (the server's "iam" type). */
export const aws: Login = async (parts) => {
  const { client, given, context, mount } = parts
  const region = given.awsRegion ?? 'us-east-1'
  const url = new URL(
    given.awsRegion === undefined ? 'https://sts.amazonaws.com/' : `https://sts.${region}.amazonaws.com/`,
  )
  const credentials = await findCredentials(region, context, { tool: 'fetch-secret', wantedBy: '--vault-auth aws' })
  const signed = sign(
    { method: 'POST', url, body, headers: [['content-type', 'application/x-www-form-urlencoded; charset=utf-8']] },
    { credentials, region, service: 'sts' },
  )
  const headers = Object.fromEntries([['host', url.host], ...signed])
  const request = {
    ...(given.vaultRole === undefined ? {} : { role: given.vaultRole }),
    iam_http_request_method: 'POST',
    iam_request_url: base64(url.href),
    iam_request_body: base64(body),
    iam_request_headers: base64(JSON.stringify(headers)),
  }
  return client.write(`auth/${encodePath(mount)}/login`, request, loginCall(parts, 'aws'))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
