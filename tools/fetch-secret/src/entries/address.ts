import { decodePart } from '@initbox/core'

export const schemes = ['vault', 'vault-read', 'vault-write', 'aws-sm', 'aws-ssm', 'file'] as const
export type Scheme = (typeof schemes)[number]

/** Where a secret is: `vault://secret/api?version=3`. Two outputs with one address share one request. */
export type Address = {
  readonly scheme: Scheme
  /** Decoded; a leading slash is part of it. */
  readonly path: string
  /** What goes to the server. */
  readonly query: ReadonlyMap<string, string>
  /** As it was written, without what stands behind `#`: how messages name it. */
  readonly label: string
}

/** A source as it is written, split at its `#`. */
export type SourceText = { readonly address: Address; readonly fragment: string | undefined }

const form = /^([a-z][a-z0-9-]*):\/\/([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/

/** Parses `scheme://path?query#fragment`. Throws a plain Error whose message completes "`api-key=…`: …". */
export function parseSource(text: string): SourceText {
  const [, scheme = '', path = '', query, fragment] = form.exec(text) ?? []
  if (scheme === '') throw new Error('the source has no scheme such as vault:// or aws-sm://')
  if (!isScheme(scheme)) throw new Error(`there is no source '${scheme}://' (known: ${schemes.join(', ')})`)
  if (path === '') throw new Error(`${scheme}:// names no secret`)
  const label = `${scheme}://${path}`
  return {
    address: { scheme, path: decode(path), query: parseQuery(query), label },
    fragment: fragment === undefined || fragment === '' ? undefined : fragment,
  }
}

/** Splits `a=b&c` into decoded names and values; what has no `=` has no value. A name that comes twice is an Error. */
export function parsePairs(text: string): ReadonlyMap<string, string | undefined> {
  const pairs = new Map<string, string | undefined>()
  for (const part of text.split('&')) {
    const at = part.indexOf('=')
    const name = decode(at < 0 ? part : part.slice(0, at))
    if (name === '') throw new Error(`'${text}' has a parameter without a name`)
    if (pairs.has(name)) throw new Error(`'${name}' is given twice`)
    pairs.set(name, at < 0 ? undefined : decode(part.slice(at + 1)))
  }
  return pairs
}

/** Percent-decodes; a NUL byte or a broken sequence is an Error. */
export function decode(text: string): string {
  const decoded = decodePart(text)
  if (decoded.includes('\0')) throw new Error('a NUL byte is no part of a name')
  return decoded
}

function parseQuery(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined || text === '') return new Map()
  return new Map([...parsePairs(text)].map(([name, value]) => [name, value ?? '']))
}

function isScheme(text: string): text is Scheme {
  return (schemes as readonly string[]).includes(text)
}
