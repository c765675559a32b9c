import { credentialProvider, domainOf, sign } from '@initbox/aws'
import { type Context, RefusedError } from '@initbox/core'
import { clip, failureOf, type ProxyRule, readBody, request, type TlsSettings } from '@initbox/net'
import type { Credentials } from '@initbox/oci'

type Means = { readonly tls: TlsSettings; readonly proxy: ProxyRule; readonly context: Context }

const limit = 1 << 20
const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken'

/**
 * How to log in at a private registry of AWS, with what the Pod has (ECR API Reference, "GetAuthorizationToken"); undefined for
 * any other registry. The login is good for 12 hours, and asked for once.
 */
export function ecrLogin(registry: string, means: Means): ((signal: AbortSignal) => Promise<Credentials>) | undefined {
  const [, region] = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(registry) ?? []
  if (region === undefined) return undefined
  let login: Promise<Credentials> | undefined
  return (signal) => {
    login ??= fetchLogin(region, registry, means, signal).catch((error: unknown) => {
      login = undefined
      throw error
    })
    return login
  }
}

async function fetchLogin(
  region: string,
  registry: string,
  { tls, proxy, context }: Means,
  signal: AbortSignal,
): Promise<Credentials> {
  const { environment, redactor } = context
  const endpoint = environment['AWS_ENDPOINT_URL_ECR'] || environment['AWS_ENDPOINT_URL']
  const url = new URL(endpoint ?? `https://api.ecr.${region}.${domainOf(region)}/`)
  const credentials = await credentialProvider(region, context, { tool: 'fetch-file', wantedBy: registry })()
  const body = '{}'
  const headers = [
    ['content-type', 'application/x-amz-json-1.1'],
    ['x-amz-target', target],
  ] as const
  const signed = sign({ method: 'POST', url, headers, body }, { credentials, region, service: 'ecr' })
  const response = await request(url, { method: 'POST', headers: signed, body, tls, proxy, signal })
  const what = `cannot get a login for ${registry}`
  const text = (await readBody(response, limit)).toString()
  if (response.status !== 200) throw failureOf(response, what, { words: clip(text, 120) })
  const [, token] = /"authorizationToken"\s*:\s*"([A-Za-z0-9+/=]+)"/.exec(text) ?? []
  const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(token ?? '', 'base64').toString()) ?? []
  if (username === undefined || password === undefined) throw new RefusedError(`${what}: the answer of ECR has none`)
  redactor.add(password)
  return { kind: 'password', username, password }
}
