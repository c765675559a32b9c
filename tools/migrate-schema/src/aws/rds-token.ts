import { type Context, UsageError } from '@initbox/core'
import { builtin } from '../builtin.ts'
import { type AwsCredentials, findCredentials } from './credentials.ts'

export type RdsTarget = {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Read from the host's name, `….eu-central-1.rds.amazonaws.com`, where it is not given. */
  readonly region: string | undefined
}

/** A password for Amazon RDS and Aurora with IAM authentication, good for 15 minutes. It is told to the redactor. */
export async function rdsIamToken(target: RdsTarget, context: Context): Promise<string> {
  const region = target.region ?? /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/.exec(target.host)?.[1]
  if (region === undefined) {
    throw new UsageError(`cannot tell the AWS region of ${target.host}`, { hint: 'set --aws-region or AWS_REGION' })
  }
  const token = presign({ ...target, region }, await findCredentials(region, context), new Date())
  context.redactor.add(token)
  return token
}

/** Presigned `rds-db:connect` request without its scheme (AWS Signature Version 4, query string form). */
export function presign(
  { host, port, user, region }: RdsTarget & { readonly region: string },
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  now: Date,
): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const date = time.slice(0, 8)
  const scope = `${date}/${region}/rds-db/aws4_request`
  const query = [
    ['Action', 'connect'],
    ['DBUser', user],
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', '900'],
    ...(sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken]]),
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map(([name = '', value = '']) => `${encode(name)}=${encode(value)}`)
    .join('&')
  const request = ['GET', '/', query, `host:${host}:${port}`, '', 'host', sha256('')].join('\n')
  const key = ['rds-db', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secretAccessKey}`, date), region))
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex')
  return `${host}:${port}/?${query}&X-Amz-Signature=${signature}`
}

function hmac(key: string | Buffer, text: string): Buffer {
  return builtin('node:crypto').createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return builtin('node:crypto').createHash('sha256').update(text).digest('hex')
}

/** As AWS wants it: all but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
