import { NotReadyError, UsageError } from '@initbox/core'
import { type Answer, call, type Call } from './call.ts'
import type { AwsCredentials, AwsWorld } from './credentials.ts'
import { readCredentials } from './read-credentials.ts'

const who = 'the instance metadata service'
/** Elsewhere than on EC2 nobody answers at that address, and nobody says so either. */
const silence = 1_000

/**
 * The role of an EC2 instance (EC2 User Guide, "Use IMDSv2"); undefined where there is no such service, or no role. From
 * a container it takes a hop limit of 2. AWS_EC2_METADATA_DISABLED=true leaves it out.
 */
export async function fromInstance({ environment, signal }: AwsWorld): Promise<AwsCredentials | undefined> {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined
  const base = URL.parse(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254')
  if (base === null) throw new UsageError('AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL')
  const ask = (path: string, request: Call): Promise<Answer> =>
    call(new URL(path, base), who, { ...request, silence }, signal)
  const session = await ask('/latest/api/token', {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' },
  }).catch((error: unknown) => {
    if (error instanceof NotReadyError) return undefined
    throw error
  })
  if (session?.status !== 200) return undefined
  const headers = { 'x-aws-ec2-metadata-token': session.body }
  const roles = '/latest/meta-data/iam/security-credentials/'
  const { status, body } = await ask(roles, { headers })
  const [role] = body.trim().split(/\s+/)
  if (status === 404 || !role) return undefined
  return readCredentials(await ask(`${roles}${encodeURIComponent(role)}`, { headers }), `${who} at ${base.host}`)
}
