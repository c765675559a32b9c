import { UsageError } from '@initbox/core'
import { fromContainer } from './container.ts'
import type { AwsCredentials, AwsWorld, CredentialSettings } from './credentials.ts'
import { fromInstance } from './instance.ts'
import { fromWebIdentity } from './web-identity.ts'

/**
 * AWS credentials from where a Pod has them, in the order of every AWS client: variables, a web identity token (IAM roles for
 * service accounts), a container endpoint (EKS Pod Identity, ECS), and where that is wanted the machine's own role. They are
 * told to the redactor. Throws UsageError where there are none, DeniedError and NotReadyError for what those who have them say.
 */
export async function findCredentials(
  region: string,
  world: AwsWorld,
  settings: CredentialSettings,
): Promise<AwsCredentials> {
  const found =
    fromVariables(world) ??
    (await fromWebIdentity(region, world, settings)) ??
    (await fromContainer(world)) ??
    (settings.instanceRole === true ? await fromInstance(world) : undefined)
  if (found === undefined) {
    const { wantedBy } = settings
    throw new UsageError(
      wantedBy === undefined ? 'no AWS credentials are found' : `${wantedBy} finds no AWS credentials`,
      {
        hint: 'give the service account a role (IRSA or EKS Pod Identity), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      },
    )
  }
  world.redactor.add(found.secretAccessKey)
  if (found.sessionToken !== undefined) world.redactor.add(found.sessionToken)
  return found
}

function fromVariables({ environment }: AwsWorld): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: token } = environment
  return id && key ? { accessKeyId: id, secretAccessKey: key, ...(token ? { sessionToken: token } : {}) } : undefined
}

/** Credentials are asked for anew so long before they end, in milliseconds; the agents give new ones well before that. */
const early = 5 * 60_000

/**
 * The same for a run that goes on: each call gives credentials that are good for some minutes more, found anew when those at
 * hand come to their end. Calls at the same time share one search; one that failed is not kept.
 */
export function credentialProvider(
  region: string,
  world: AwsWorld,
  settings: CredentialSettings,
  now: () => number = Date.now,
): () => Promise<AwsCredentials> {
  let search: Promise<AwsCredentials> | undefined
  let until = -Infinity
  return () => {
    if (search !== undefined && now() < until) return search
    until = Infinity
    search = findCredentials(region, world, settings)
    search.then(
      ({ expiration }) => (until = expiration === undefined ? Infinity : expiration.getTime() - early),
      () => (until = -Infinity),
    )
    return search
  }
}
