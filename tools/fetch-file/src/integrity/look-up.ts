import { type Context, formatOutputPath, NotFoundError, RefusedError, UsageError } from '@initbox/core'
import { besideOf } from '../files/beside.ts'
import type { Item } from '../files/item.ts'
import { type Checksum, parseChecksums, pickChecksum } from './checksum-file.ts'
import type { Expected } from './expected.ts'
import { readCosign } from './cosign.ts'
import { readPublicKey, readSignature } from './minisign.ts'
import { isSignatureOf, type Signature } from './signature.ts'

/** Brings a small file whole. */
export type Bring = (item: Item, limit: number) => Promise<Buffer>

const listLimit = 16 << 20
const signatureLimit = 1 << 20

/** Looks up what files must be, where a checksum file or a signature says it; each is brought once a run. */
export class LookUp {
  readonly #bring: Bring
  readonly #log: Context['log']
  readonly #lists = new Map<string, Promise<Buffer>>()
  readonly #parsed = new Map<string, Checksum[]>()

  constructor(bring: Bring, { log }: Pick<Context, 'log'>) {
    this.#bring = bring
    this.#log = log
  }

  /** Throws RefusedError for what is no checksum file or has another signature, NotFoundError where the file is not listed. */
  async of(item: Item): Promise<Expected> {
    const { sha256From, sha512From, publicKey, minisign, cosign } = item.settings
    const keys = { publicKey, minisign, cosign }
    const from = sha256From ?? sha512From
    if (from === undefined)
      return publicKey === undefined
        ? item.expected
        : { ...item.expected, signature: await this.#signature(item, keys, true) }
    const kind = sha256From === undefined ? 'sha512' : 'sha256'
    const list = besideOf(item, from)
    // What is signed is the list then, and with it all that it lists.
    const bytes = await (this.#lists.get(list.address) ?? this.#keep(list, keys))
    const parsed = this.#parsed.get(`${kind} ${list.address}`) ?? parseChecksums(bytes, kind, list.name)
    this.#parsed.set(`${kind} ${list.address}`, parsed)
    const names = { path: pathBelow(list, item), alias: formatOutputPath(item.out) }
    return { ...item.expected, [kind]: pickChecksum(parsed, names, list.name) }
  }

  #keep(list: Item, keys: Keys): Promise<Buffer> {
    const bytes = this.#list(list, keys)
    this.#lists.set(list.address, bytes)
    return bytes
  }

  async #list(list: Item, keys: Keys): Promise<Buffer> {
    const bytes = await this.#bring(list, listLimit)
    if (keys.publicKey === undefined) return bytes
    const signature = await this.#signature(list, keys, false)
    if (!isSignatureOf(signature, bytes))
      throw new RefusedError(`${list.name} is not what ${signature.source} was made of`, {
        hint: 'is it changed, or the signature of another version?',
      })
    return bytes
  }

  async #signature(of: Item, { publicKey = '', minisign, cosign }: Keys, isStreamed: boolean): Promise<Signature> {
    const key = readPublicKey(publicKey)
    const isPem = typeof key === 'string'
    if (isPem ? minisign !== undefined : cosign !== undefined)
      throw new UsageError(
        `${of.name} has the key ${isPem ? 'minisign' : 'cosign'}, and a public-key of the other kind`,
      )
    const file = besideOf(of, isPem ? (cosign ?? '.sig') : (minisign ?? '.minisig'))
    const bytes = await this.#bring(file, signatureLimit)
    const signature = isPem ? readCosign(bytes, key, file.name) : readSignature(bytes.toString(), key, file.name)
    if (isStreamed && !signature.isStreamed)
      throw new RefusedError(`${file.name} is a legacy signature, which needs the whole file in memory`, {
        hint: 'sign it with minisign 0.10 or later, or sign its SHA256SUMS',
      })
    this.#log.debug(`${of.name} is signed by the key ${signature.key}: ${signature.comment ?? 'without a comment'}`)
    return signature
  }
}

type Keys = Pick<Item['settings'], 'publicKey' | 'minisign' | 'cosign'>

/** The path of a file below the folder of its list, decoded; its last part where it does not lie there. */
function pathBelow({ url: list }: Item, { url }: Item): string {
  const folder = list.pathname.slice(0, list.pathname.lastIndexOf('/') + 1)
  const isBelow = url.host === list.host && url.pathname.startsWith(folder)
  const path = isBelow ? url.pathname.slice(folder.length) : url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** That a checksum or signature is not there says more with what asks for it. */
export function withKey(error: unknown, name: string): unknown {
  if (!(error instanceof NotFoundError) || error.hint !== undefined) return error
  return new NotFoundError(error.message, { hint: `it shall say what ${name} must be`, cause: error })
}
