import { domainOf, findCredentials, sign } from '@initbox/aws'
import { UsageError } from '@initbox/core'
import { asking, wayToAws } from '../../aws/way.ts'
import { HttpClient } from '../../http/client.ts'
import { encodePath } from '../path-template.ts'
import { type Login, loginCall } from './login.ts'

/** What is signed: STS's GetCallerIdentity, which the server sends on to learn who we are. */
const body = 'Action=GetCallerIdentity&Version=2011-06-15'

/** With the Pod's AWS role (the server's "iam" type). */
export const aws: Login = async (parts) => {
  const { client, given, context, mount } = parts
  const { vaultAwsRegion, vaultAwsServerId: serverId } = given
  // The server asks the STS of its own configuration, so the region of the Pod (AWS_REGION is set by EKS) has no say here.
  const region = vaultAwsRegion ?? 'us-east-1'
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new UsageError('--vault-aws-region is no name of a region')
  const host = vaultAwsRegion === undefined ? 'sts.amazonaws.com' : `sts.${region}.${domainOf(region)}`
  const url = new URL(`https://${host}/`)
  const http = new HttpClient(wayToAws(given, context))
  const credentials = await findCredentials(given.awsRegion ?? region, context, {
    tool: 'fetch-secret',
    wantedBy: '--vault-auth aws',
    ask: asking(http),
  }).finally(() => http.close())
  const signed = sign(
    {
      method: 'POST',
      url,
      body,
      headers: [
        ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
        ...(serverId === undefined ? [] : [['X-Vault-AWS-IAM-Server-ID', serverId] as const]),
      ],
    },
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
