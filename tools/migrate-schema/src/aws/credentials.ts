import { readFileSync } from 'node:fs'
import { type Context, DeniedError, NotReadyError, systemCode, UsageError } from '@initbox/core'
import { getJson } from './get-json.ts'

export type AwsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

/**
 * AWS credentials from where a Pod has them: variables, a web identity token (IAM roles for service accounts), or a container
 * endpoint (EKS Pod Identity, ECS). The node's own role is left alone on purpose: it belongs to the node, not to the Pod.
 */
export async function findCredentials(region: string, context: Context): Promise<AwsCredentials> {
  const found = fromVariables(context) ?? (await fromWebIdentity(region, context)) ?? (await fromContainer(context))
  if (found === undefined) {
    throw new UsageError('--auth rds-iam finds no AWS credentials', {
      hint: 'give the service account a role (IRSA or EKS Pod Identity), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    })
  }
  context.redactor.add(found.secretAccessKey)
  if (found.sessionToken !== undefined) context.redactor.add(found.sessionToken)
  return found
}

function fromVariables({ environment }: Context): AwsCredentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = environment
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken: token || undefined } : undefined
}

/** STS AssumeRoleWithWebIdentity (API version 2011-06-15), which is not signed. */
async function fromWebIdentity(region: string, context: Context): Promise<AwsCredentials | undefined> {
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ENDPOINT_URL_STS: endpoint } = context.environment
  if (!role || !file) return undefined
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const url = new URL(endpoint || `https://sts.${region}.${domain}/`)
  const query = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: context.environment['AWS_ROLE_SESSION_NAME'] || 'migrate-schema',
    WebIdentityToken: readToken(file, context),
  }
  url.search = String(new URLSearchParams(query))
  const answer = await ask(url, {}, 'STS', context)
  const { AssumeRoleWithWebIdentityResponse: response } = answer as { AssumeRoleWithWebIdentityResponse?: StsResponse }
  const credentials = response?.AssumeRoleWithWebIdentityResult?.Credentials
  return credentials && read(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken)
}

/** The endpoint that the EKS Pod Identity agent and ECS give to a container. */
async function fromContainer(context: Context): Promise<AwsCredentials | undefined> {
  const { environment } = context
  const uri = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI']
  if (!uri) return undefined
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = file ? readToken(file, context) : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const answer = await ask(new URL(uri), token ? { authorization: token } : {}, 'the credentials endpoint', context)
  const { AccessKeyId, SecretAccessKey, Token } = answer as Record<string, string | undefined>
  return read(AccessKeyId, SecretAccessKey, Token)
}

type StsResponse = {
  readonly AssumeRoleWithWebIdentityResult?: {
    readonly Credentials?: {
      readonly AccessKeyId?: string
      readonly SecretAccessKey?: string
      readonly SessionToken?: string
    }
  }
}

function read(accessKeyId: string | undefined, secretAccessKey: string | undefined, sessionToken: string | undefined) {
  if (!accessKeyId || !secretAccessKey) throw new DeniedError('AWS answered without credentials')
  return { accessKeyId, secretAccessKey, sessionToken }
}

function readToken(file: string, { redactor }: Context): string {
  try {
    const token = readFileSync(file, 'utf8').trim()
    redactor.add(token)
    return token
  } catch (cause) {
    throw new UsageError(`cannot read the AWS token ${file}: ${systemCode(cause) ?? String(cause)}`, { cause })
  }
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  who: string,
  { signal }: Context,
): Promise<object> {
  const { status, body } = await getJson(url, { accept: 'application/json', ...headers }, signal).catch(
    (cause: unknown) => {
      throw new NotReadyError(`${who} at ${url.host}: ${systemCode(cause) ?? String(cause)}`, { cause })
    },
  )
  if (status === 200 && typeof body === 'object' && body !== null) return body
  const said = JSON.stringify(body)?.slice(0, 300)
  const message = `${who} at ${url.host} answered ${status}: ${said}`
  throw status === 429 || status >= 500 ? new NotReadyError(message) : new DeniedError(message)
}
