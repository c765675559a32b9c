import { type Context, decodePart, secretIn, type Secret, UsageError } from '@initbox/core'
import { basic } from '@initbox/net'
import type { Item } from '../files/item.ts'

type Secrets = { readonly token: Secret | undefined; readonly headers: Secret | undefined }

const none: Secrets = { token: undefined, headers: undefined }

/** The headers of each http file that log in; they are for the origin of its URL and go nowhere else. */
export class Logins {
  readonly #context: Context
  readonly #secrets: Secrets
  /** The only one that gets what is for all; nothing else that is fetched on the way, such as a checksum, does. */
  readonly #origin: string | undefined

  /** Throws UsageError where a secret for all would go to several origins. */
  constructor(items: readonly Item[], secrets: Secrets, context: Context) {
    this.#context = context
    this.#secrets = secrets
    const origins = new Set(items.filter(isHttp).map(({ url }) => url.origin))
    this.#origin = [...origins][0]
    if (origins.size > 1 && (secrets.token !== undefined || secrets.headers !== undefined))
      throw new UsageError(
        'FETCH_FILE_TOKEN and FETCH_FILE_HEADERS are for files of one origin, and these have several',
        {
          hint: 'name the variable of each with #token-env=NAME',
        },
      )
  }

  headersFor(item: Item): Record<string, string> {
    const { username, password, hostname, origin } = item.url
    const { token: common, headers: more } = origin === this.#origin ? this.#secrets : none
    const headers = parseHeaders(more, this.#context)
    if (username !== '' || password !== '') headers['authorization'] = basic(decodePart(username), decodePart(password))
    const { tokenEnv } = item.settings
    // Hugging Face's own variable, for its own host alone.
    const isHub = hostname === 'huggingface.co' || hostname.endsWith('.huggingface.co')
    const name = tokenEnv ?? (isHub ? 'HF_TOKEN' : undefined)
    const named = name === undefined ? undefined : secretIn(name, this.#context.environment, this.#context.redactor)
    if (tokenEnv !== undefined && named === undefined)
      throw new UsageError(`neither $${tokenEnv} nor $${tokenEnv}_FILE is set, which ${item.name} names`)
    const token = named ?? common
    if (token !== undefined) headers['authorization'] = `Bearer ${token.reveal()}`
    return headers
  }
}

function isHttp({ url }: Item): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:'
}

/** One `Name: value` per line. */
function parseHeaders(secret: Secret | undefined, { redactor }: Context): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of (secret?.reveal() ?? '').split(/\r?\n/)) {
    if (line.trim() === '') continue
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new UsageError('FETCH_FILE_HEADERS has a line that is no header such as PRIVATE-TOKEN: value')
    redactor.add(value)
    headers[name.toLowerCase()] = value
  }
  return headers
}
