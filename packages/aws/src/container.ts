import { UsageError } from '@initbox/core'
import { call } from './call.ts'
import type { AwsCredentials, AwsWorld } from './credentials.ts'
import { readCredentials, readToken } from './read-credentials.ts'

/** Where ECS and Fargate answer. */
const ecs = 'http://169.254.170.2'
/** Whom a token may be sent to without TLS: this machine, and the agents of ECS and EKS. */
const local = /^(localhost|127(\.\d+){3}|\[::1\]|169\.254\.170\.(2|23)|\[fd00:ec2::23\])$/

/** The endpoint that the EKS Pod Identity agent and ECS give to a container. */
export async function fromContainer(world: AwsWorld): Promise<AwsCredentials | undefined> {
  const { environment, signal } = world
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path } = environment
  if (!full && !path) return undefined
  const url = readUrl(path ? `${ecs}${path}` : String(full))
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = file
    ? readToken(file, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', world)
    : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const headers = { accept: 'application/json', ...(token ? { authorization: token } : {}) }
  const answer = await call(url, 'the credentials endpoint', { headers }, signal)
  return readCredentials(answer, `the credentials endpoint at ${url.host}`)
}

function readUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw new UsageError('AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && local.test(url.hostname))) return url
  throw new UsageError(`AWS_CONTAINER_CREDENTIALS_FULL_URI: ${url.host} must be asked by https`)
}
