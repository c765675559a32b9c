import { type AwsWorld, findCredentials, presign } from '@initbox/aws'
import { UsageError } from '@initbox/core'

type RdsTarget = {
  readonly host: string
  readonly port: number
  readonly user: string
  /** Read from the host's name, `….eu-central-1.rds.amazonaws.com`, where it is not given. */
  readonly region: string | undefined
}

/**
 * A password for Amazon RDS and Aurora with IAM authentication, good for 15 minutes: a presigned `rds-db:connect` request
 * without its scheme. It is told to the redactor.
 */
export async function rdsIamToken(target: RdsTarget, context: AwsWorld, now = new Date()): Promise<string> {
  const { host, port, user } = target
  const region = target.region ?? /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/.exec(host)?.[1]
  if (region === undefined) {
    throw new UsageError(`cannot tell the AWS region of ${host}`, { hint: 'set --aws-region or AWS_REGION' })
  }
  const credentials = await findCredentials(region, context, { tool: 'migrate-schema', wantedBy: '--auth rds-iam' })
  const url = new URL(`https://${host}:${port}/`)
  url.search = String(new URLSearchParams({ Action: 'connect', DBUser: user }))
  const signed = presign({ url, expires: 900 }, { credentials, region, service: 'rds-db', now })
  const token = signed.slice('https://'.length)
  context.redactor.add(token)
  return token
}
