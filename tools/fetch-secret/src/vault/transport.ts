import { formatBytes, RefusedError } from '@initbox/core'
import type { HttpClient } from '../http/client.ts'
import { type Json, parseJson } from '../secret/json.ts'
import type { CallOptions } from './client.ts'
import { failureOf } from './failure.ts'

/** What node-vault asks its transport for. */
export type Wanted = CallOptions & {
  readonly method: string
  readonly uri: string
  readonly headers: Readonly<Record<string, string>>
  readonly json?: unknown
}

/** What node-vault wants of it. */
export type Sent = {
  readonly statusCode: number
  readonly body: Json | undefined
  readonly request: { readonly path: string }
}

export type Send = (wanted: Wanted) => Promise<Sent>

/**
 * Carries node-vault's requests. An answer that is no success becomes the error here, where its headers are still known. No
 * redirect is followed: the token goes to the address that was given and to no other.
 */
export function transport(http: HttpClient, limit: number): Send {
  return async (wanted) => {
    const { method, uri, headers, json, query = '', signal, what } = wanted
    const url = new URL(uri + query)
    const body = typeof json === 'object' && json !== null ? JSON.stringify(json) : undefined
    const { status, bytes, retryAfter } = await http.send(url, {
      method,
      headers: [
        ['accept', 'application/json'],
        ['x-vault-request', 'true'],
        ...(body === undefined ? [] : [['content-type', 'application/json'] as const]),
        ...Object.entries(headers),
      ],
      body,
      signal,
      limit,
      what,
    })
    // Go's server says so in plain text.
    if (status === 400 && bytes.subarray(0, 200).toString().includes('HTTP request to an HTTPS server')) {
      throw new RefusedError(`cannot ${what}: ${url.host} speaks only https`, { hint: `write https://${url.host}` })
    }
    const said = status === 204 ? undefined : parseJson(bytes.toString())
    if (status !== 200 && status !== 204) throw failureOf({ status, body: said, retryAfter }, wanted)
    if (status === 200 && said === undefined) {
      throw new RefusedError(`cannot ${what}: the answer of ${formatBytes(bytes.length)} is no JSON that can be read`, {
        hint: `is Vault or OpenBao at ${url.origin}?`,
      })
    }
    return { statusCode: status, body: said, request: { path: url.pathname } }
  }
}
