import { type Context, RefusedError, UsageError } from '@initbox/core'
import type { Credentials } from '@initbox/oci'
import { entraToken, hasIdentity, type Means, postForm } from './entra.ts'
import { GoogleTokens } from './google.ts'

type CloudLogin = (signal: AbortSignal) => Promise<Credentials | undefined>

/** How a registry of a cloud is logged in to with what the Pod has; undefined for any other. `scheme` is the registry's. */
export async function cloudLogin(
  registry: string,
  scheme: 'http' | 'https',
  means: Means,
  context: Context,
): Promise<CloudLogin | undefined> {
  if (registry.includes('.dkr.ecr')) return (await import('./ecr.ts')).ecrLogin(registry, { ...means, context })
  if (/(^|\.)gcr\.io$|\.pkg\.dev$/.test(registry)) return google(context)
  if (/\.azurecr\.(io|cn|us)$/.test(registry)) return azure(registry, scheme, means, context)
  return undefined
}

/** "Configure authentication to Artifact Registry for Docker", access token. Public images need none. */
function google(context: Context): CloudLogin {
  const tokens = new GoogleTokens(context)
  return async (signal) => {
    try {
      const password = await tokens.text(undefined, signal)
      return { kind: 'password', username: 'oauth2accesstoken', password }
    } catch (error) {
      if (error instanceof UsageError) return undefined
      throw error
    }
  }
}

/** Azure/acr "AAD-OAuth": a token of Entra for a refresh token of the registry. */
function azure(registry: string, scheme: string, means: Means, context: Context): CloudLogin {
  return async (signal) => {
    if (!hasIdentity(context)) return undefined
    const { text } = await entraToken('https://containerregistry.azure.net/.default', means, context, signal)
    const url = new URL(`${scheme}://${registry}/oauth2/exchange`)
    const form = {
      grant_type: 'access_token',
      service: registry,
      tenant: context.environment['AZURE_TENANT_ID'] ?? '',
      access_token: text,
    }
    const what = `cannot get a login for ${registry}`
    const answer = await postForm(url, form, what, means, signal)
    const [, token] = /"refresh_token"\s*:\s*"([^"\\]+)"/.exec(answer) ?? []
    if (token === undefined) throw new RefusedError(`${what}: the answer has none`)
    context.redactor.add(token)
    return { kind: 'identity', token }
  }
}
