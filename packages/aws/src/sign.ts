import { builtin } from '@initbox/core'
import type { AwsCredentials } from './credentials.ts'

// AWS Signature Version 4 (IAM User Guide, "Create a signed AWS API request"; S3 API Reference, "Authenticating Requests").

/** With what, and for whom, to sign. */
export type Signer = {
  readonly credentials: AwsCredentials
  readonly region: string
  /** The name that is signed: `s3`, `sts`, `secretsmanager`, `rds-db`. */
  readonly service: string
  /** The time of the request; the server takes one that is off by less than 15 minutes. */
  readonly now?: Date
  /** S3 signs the path as it is sent, every other service encodes that once more. */
  readonly path?: 'as sent' | 'encoded again'
}

export type SignedHeader = readonly [name: string, value: string]

type RequestToSign = {
  readonly method?: string
  readonly url: URL
  readonly headers?: readonly SignedHeader[]
  /** The body, the SHA-256 of one in hexadecimal digits, or `unsignedPayload`, which only S3 takes and only over https. */
  readonly body?: string | Uint8Array | { readonly sha256: string }
}

/** Leaves the body out of the signature. */
export const unsignedPayload = { sha256: 'UNSIGNED-PAYLOAD' } as const

/** Headers that proxies and clients change on the way. */
const neverSigned = new Set(
  'authorization cache-control connection expect from keep-alive max-forwards pragma referer te trailer transfer-encoding upgrade user-agent x-amzn-trace-id'.split(
    ' ',
  ),
)

/** The headers of the request with those that sign it. They must be sent as they are; `host` is what a client sends by itself. */
export function sign({ method = 'GET', url, headers = [], body = '' }: RequestToSign, signer: Signer): SignedHeader[] {
  const { credentials, service } = signer
  const { time, scope } = scopeOf(signer)
  const payload = typeof body === 'object' && 'sha256' in body ? body.sha256 : sha256(body)
  const all: SignedHeader[] = [...headers, ['x-amz-date', time]]
  if (service === 's3') all.push(['x-amz-content-sha256', payload])
  if (credentials.sessionToken !== undefined) all.push(['x-amz-security-token', credentials.sessionToken])
  const signed = canonicalHeaders([['host', url.host], ...all])
  const names = [...signed.keys()].join(';')
  const query = canonicalQuery([...url.searchParams])
  const request = [method, canonicalPath(url, signer), query, lines(signed), names, payload].join('\n')
  const signature = signatureOf(request, time, scope, signer)
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return [...all, ['authorization', authorization]]
}

/** The URL with the signature in its query; whoever has it may send that request for so many seconds. */
export function presign(
  { method = 'GET', url, expires }: Pick<RequestToSign, 'method' | 'url'> & { readonly expires: number },
  signer: Signer,
): string {
  const { accessKeyId, sessionToken } = signer.credentials
  const { time, scope } = scopeOf(signer)
  const query = canonicalQuery([
    ...url.searchParams,
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expires)],
    ...(sessionToken === undefined ? [] : ([['X-Amz-Security-Token', sessionToken]] as const)),
    ['X-Amz-SignedHeaders', 'host'],
  ])
  const payload = signer.service === 's3' ? unsignedPayload.sha256 : sha256('')
  const request = [method, canonicalPath(url, signer), query, `host:${url.host}\n`, 'host', payload].join('\n')
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${signatureOf(request, time, scope, signer)}`
}

/** In hexadecimal digits. */
export function sha256(content: string | Uint8Array): string {
  return builtin('node:crypto').hash('sha256', content, 'hex')
}

function scopeOf({ region, service, now = new Date() }: Signer): { time: string; scope: string } {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return { time, scope: `${time.slice(0, 8)}/${region}/${service}/aws4_request` }
}

function signatureOf(request: string, time: string, scope: string, { credentials }: Signer): string {
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`)
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return builtin('node:crypto').createHmac('sha256', key).update(text).digest()
}

function canonicalPath({ pathname }: URL, { service, path = service === 's3' ? 'as sent' : 'encoded again' }: Signer) {
  if (path === 'encoded again') return pathname.replace(/\/{2,}/g, '/').split('/').map(encode).join('/') // prettier-ignore
  return pathname
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/')
}

function canonicalQuery(parameters: readonly (readonly [name: string, value: string])[]): string {
  return parameters
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** By name, several of one name joined in their order. */
function canonicalHeaders(headers: readonly SignedHeader[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (neverSigned.has(key)) continue
    const before = found.get(key)
    const text = value.trim().replace(/\s+/g, ' ')
    found.set(key, before === undefined ? text : `${before},${text}`)
  }
  return new Map([...found].toSorted(([a], [b]) => compare(a, b)))
}

function lines(headers: ReadonlyMap<string, string>): string {
  return [...headers].map(([name, value]) => `${name}:${value}\n`).join('')
}

/** By code unit, as the server sorts; the locale has no say. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** All but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A `%` that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
