import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { NotFoundError } from '@initbox/core'
import { clientSettings } from '../aws/client-settings.ts'
import { failureOf } from '../aws/failure.ts'
import { arnPrefix, regionFor } from '../aws/region.ts'
import { HttpClient } from '../http/client.ts'
import type { Session, Sessions, Source } from './source.ts'

type SecretsManager = Session & { readonly client: SecretsManagerClient }

/** A secret of AWS Secrets Manager by name or ARN: its text, which is JSON where it has keys, or its bytes. */
export const awsSm: Source = {
  problemOf: ({ query }) => {
    const known = ['version-id', 'version-stage', 'region']
    const stranger = [...query.keys()].find((name) => !known.includes(name))
    if (stranger !== undefined) return `aws-sm:// takes ${known.join(', ')}, not ${stranger}`
    return query.has('version-id') && query.has('version-stage')
      ? 'version-id and version-stage exclude each other'
      : undefined
  },
  needs: async (address, { given }) => {
    const { path } = address
    // Secrets Manager adds a hyphen and six characters to every name.
    const resource = path.startsWith('arn:')
      ? path
      : `${arnPrefix('secretsmanager', regionFor(address, given))}:*:secret:${path}-??????`
    return [{ kind: 'iam', action: 'secretsmanager:GetSecretValue', resource }]
  },
  fetch: async (address, sessions, signal) => {
    const { path, query, label } = address
    const region = regionFor(address, sessions.given)
    const { client } = await openSecretsManager(region, sessions)
    const [versionId, versionStage] = [query.get('version-id'), query.get('version-stage')]
    const command = new GetSecretValueCommand({
      SecretId: path,
      ...(versionId === undefined ? {} : { VersionId: versionId }),
      ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
    })
    const {
      SecretString: text,
      SecretBinary: binary,
      VersionId: version,
    } = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw failureOf(error, `read ${label} in ${region}`)
    })
    const bytes = text === undefined ? binary : Buffer.from(text)
    if (bytes === undefined) throw new NotFoundError(`${label} has no value`)
    return { content: { kind: 'bytes', bytes }, version: version === undefined ? undefined : `version ${version}` }
  },
}

function openSecretsManager(region: string, sessions: Sessions): Promise<SecretsManager> {
  return sessions.open(`aws-sm ${region}`, async () => {
    const http = new HttpClient(sessions.given, sessions.context)
    const client = new SecretsManagerClient(clientSettings('SECRETS_MANAGER', region, http, sessions))
    return { client, end: () => http.close() }
  })
}
