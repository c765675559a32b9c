import { GetSecretValueCommand, SecretsManagerClient, type SecretValueEntry } from '@aws-sdk/client-secrets-manager'
import { NotFoundError } from '@initbox/core'
import { Batches } from '../aws/batch.ts'
import { clientSettings } from '../aws/client-settings.ts'
import { failureOf } from '../aws/failure.ts'
import { arnPrefix, regionFor } from '../aws/region.ts'
import { wayToAws } from '../aws/way.ts'
import type { Address } from '../entries/address.ts'
import { HttpClient } from '../http/client.ts'
import type { Document } from '../secret/document.ts'
import type { Session, Sessions, Source } from './source.ts'

type SecretsManager = Session & { readonly client: SecretsManagerClient; readonly batches: Batches }

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
    const batch = given.awsBatch && isCurrent(address)
    // Secrets Manager adds a hyphen and six characters to every name.
    const resource = path.startsWith('arn:')
      ? path
      : `${arnPrefix('secretsmanager', regionFor(address, given))}:*:secret:${path}-??????`
    return [
      { kind: 'iam', action: 'secretsmanager:GetSecretValue', resource },
      // It cannot be limited to some secrets; whose values it answers, the permission above says.
      ...(batch ? [{ kind: 'iam', action: 'secretsmanager:BatchGetSecretValue', resource: '*' } as const] : []),
    ]
  },
  fetch: async (address, sessions, signal) => {
    const { path, query, label } = address
    const region = regionFor(address, sessions.given)
    const { client, batches } = await openSecretsManager(region, sessions)
    if (sessions.given.awsBatch && isCurrent(address)) {
      const entry = await batches.get(path, signal)
      if (entry !== undefined) return documentOf(entry, label)
    }
    const [versionId, versionStage] = [query.get('version-id'), query.get('version-stage')]
    const command = new GetSecretValueCommand({
      SecretId: path,
      ...(versionId === undefined ? {} : { VersionId: versionId }),
      ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
    })
    const answer = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw failureOf(error, `read ${label} in ${region}`)
    })
    return documentOf(answer, label)
  },
}

/** Whether no version is asked for: a batch has only what is current. */
function isCurrent({ query }: Address): boolean {
  return !query.has('version-id') && !query.has('version-stage')
}

function documentOf(
  { SecretString: text, SecretBinary: binary, VersionId: version }: SecretValueEntry,
  label: string,
): Document {
  const bytes = text === undefined ? binary : Buffer.from(text)
  if (bytes === undefined) throw new NotFoundError(`${label} has no value`)
  return { content: { kind: 'bytes', bytes }, version: version === undefined ? undefined : `version ${version}` }
}

function openSecretsManager(region: string, sessions: Sessions): Promise<SecretsManager> {
  return sessions.open(`aws-sm ${region}`, async () => {
    const http = new HttpClient(wayToAws(sessions.given, sessions.context))
    const client = new SecretsManagerClient(clientSettings('SECRETS_MANAGER', region, http, sessions))
    const batches = new Batches(client, (reason) =>
      sessions.context.log.warning(`${reason instanceof Error ? reason.message : ''}; asking for each by itself`),
    )
    return { client, batches, end: () => http.close() }
  })
}
