import { type Context, RefusedError, secretIn, UsageError } from '@initbox/core'
import { clip, failureOf, type ProxyRule, readBody, request, type TlsSettings } from '@initbox/net'
import { type Token, tokenIn } from './kept-token.ts'

export type Means = { readonly tls: TlsSettings; readonly proxy: ProxyRule }

const limit = 64 * 1_024
/** Seconds before its end in which a token is not used any more. */
const early = 120

/** Whether the Pod has a workload identity of Azure: what its webhook sets. */
export function hasIdentity({ environment }: Pick<Context, 'environment'>): boolean {
  return Boolean(environment['AZURE_FEDERATED_TOKEN_FILE'] && environment['AZURE_CLIENT_ID'])
}

/**
 * The Pod's token for one of Entra that is good for `scope` ("Microsoft Entra Workload ID", "client credentials flow, federated
 * credential"). Throws UsageError where the tenant is not told, and what Entra says.
 */
export async function entraToken(
  scope: string,
  { tls, proxy }: Means,
  { environment, redactor }: Context,
  signal: AbortSignal,
): Promise<Token> {
  const tenant = environment['AZURE_TENANT_ID']
  const authority = environment['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com/'
  if (!tenant) throw new UsageError('AZURE_FEDERATED_TOKEN_FILE is set, but no AZURE_TENANT_ID')
  const url = new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority.replace(/\/*$/, '/'))
  const text = await postForm(
    url,
    {
      grant_type: 'client_credentials',
      client_id: environment['AZURE_CLIENT_ID'] ?? '',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      // Read again each time: the kubelet renews it.
      client_assertion: secretIn('AZURE_FEDERATED_TOKEN', environment, redactor)?.reveal() ?? '',
    },
    `cannot get a token of Azure from ${url.host}`,
    { tls, proxy },
    signal,
  )
  const token = tokenIn(text, early)
  if (token === undefined) throw new RefusedError(`cannot get a token of Azure from ${url.host}: the answer has none`)
  redactor.add(token.text)
  return token
}

/** The answer to a form; `what` completes as in "cannot …: 401 Unauthorized". */
export async function postForm(
  url: URL,
  form: Readonly<Record<string, string>>,
  what: string,
  means: Means,
  signal: AbortSignal,
): Promise<string> {
  const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
  const body = new URLSearchParams(form).toString()
  const response = await request(url, { method: 'POST', headers, body, ...means, signal })
  const text = (await readBody(response, limit)).toString()
  if (response.status === 200) return text
  throw failureOf(response, what, {
    words: clip(/"(?:error_description|message)"\s*:\s*"([^"\\]*)/.exec(text)?.[1] ?? '', 200),
    hint: 'has the application a federated credential for this service account, and the right to read?',
  })
}
