import {
  decodePart,
  flagOf,
  formatOutputPath,
  formatUrl,
  nearest,
  type Option,
  type OutputPath,
  parseOutputPath,
  refuseUnreplaced,
  type Values,
} from '@initbox/core'
import { fileKeys, ownKeys } from './keys.ts'
import { digestKeys, type Expected, expectedOf } from '../integrity/expected.ts'

/** The keys that a file can have behind `#`. */
const keys = { ...fileKeys, ...ownKeys, ...digestKeys }
const keyOf = new Map(Object.keys(keys).map((key) => [flagOf(key), key as keyof typeof keys]))

/** What is said of one file, where it is. */
export type FileSettings = Partial<Values<typeof fileKeys & typeof ownKeys>>

/** One file to fetch, checked. */
export type Item = {
  readonly out: OutputPath
  /** OUT has a slash at its end. */
  readonly isFolder: boolean
  /** As written, without what stands behind `#`: some servers tell `%7E` from `~`. */
  readonly address: string
  readonly url: URL
  /** For messages: without user info and query. */
  readonly name: string
  readonly settings: FileSettings
  readonly expected: Expected
}

/** Parses `OUT=URL#key=value&…`; ours stands behind `#`. Throws a plain Error whose message completes "OUT=URL …". */
export function parseItem(text: string): Item {
  const equals = text.indexOf('=')
  const scheme = text.search(/^[a-z0-9]+:\/\//)
  if (equals <= 0 || scheme === 0) {
    const bare = withoutSecrets(text)
    const instead = bare.includes('://')
      ? `${bare.slice(bare.lastIndexOf('/') + 1) || 'NAME'}=${bare}`
      : `${bare || 'NAME'}=https://host/path`
    throw new Error(`must be one word, OUT=URL, not '${bare}': try ${instead}`)
  }
  if (/^\s|^[^=]*\s=|^[^=]*=\s/.test(text)) throw new Error(`has a space beside its =: '${withoutSecrets(text)}'`)
  const [address = '', ...fragment] = text.slice(equals + 1).split('#')
  const stray = /^[^?]*&(unpack|strip=|sha256=|sha512=|sha256-from=)|\?(unpack)(?=&|$)/.exec(address)
  if (stray !== null)
    throw new Error(
      `has '${stray[1] ?? stray[2]}' in its URL, which the server gets: keys of ours stand behind a #, as #unpack`,
    )
  return makeItem(text.slice(0, equals), address, pairsOf(fragment.join('#')))
}

/** One file by its parts. Throws a plain Error whose message completes "OUT=URL …". */
export function makeItem(out: string, address: string, pairs: readonly Pair[]): Item {
  const quoted = `'${out}=${withoutSecrets(address)}'`
  refuseUnreplaced(quoted)
  if (!URL.canParse(address)) throw new Error(`${quoted} has no URL such as https://host/path`)
  const url = new URL(address)
  const given: Record<string, unknown> = {}
  for (const [name, value] of pairs) {
    const key = keyOf.get(name)
    if (key === undefined) throw new Error(`${quoted} ${unknownKey(name, [...keyOf.keys()])}`)
    const option: Option<unknown> = keys[key]
    const parsed = parse(option, value, `${quoted} has the key ${name}, which`)
    if (option.list === undefined && key in given) throw new Error(`${quoted} has the key ${name} twice`)
    given[key] = option.list === undefined ? parsed : [...((given[key] as unknown[] | undefined) ?? []), parsed]
  }
  return {
    out: parseOutputPath(out),
    isFolder: out.endsWith('/'),
    address,
    url,
    name: formatUrl(url),
    settings: given,
    expected: expectedOf(given),
  }
}

/** A key of a file and its text. */
export type Pair = readonly [name: string, text: string]

function pairsOf(fragment: string): Pair[] {
  return fragment
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      return equals === -1 ? [part, 'true'] : [part.slice(0, equals), decodePart(part.slice(equals + 1))]
    })
}

function parse(option: Option<unknown>, text: string, prefix: string): unknown {
  try {
    return option.parse(text)
  } catch (error) {
    throw new Error(`${prefix} ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

const schemes: readonly string[] = ['http', 'https', 's3', 'gs', 'az', 'oci', 'file']

/** What people write for it elsewhere. */
function insteadOf(scheme: string): string {
  const instead: Readonly<Record<string, string>> = {
    abfs: 'az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB',
    abfss: 'az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB',
    wasbs: 'az://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB',
    azure: 'az://',
    gcs: 'gs://',
    s3a: 's3://',
    ftp: 'https://, if the server has it',
    sftp: 'https://, if the server has it',
    pvc: 'the claim as a volume, and file:///',
    hf: 'https://huggingface.co/ORG/MODEL/resolve/REVISION/FILE',
    docker: 'oci://',
    'oci-archive': 'file:///…#unpack',
  }
  const near = nearest(scheme, schemes)
  if (instead[scheme] !== undefined) return `; for this one ${instead[scheme]}`
  return near === undefined ? '' : `; did you mean ${near}://?`
}

function unknownKey(name: string, known: readonly string[]): string {
  if (/^([0-9a-f]{64}|[0-9a-f]{128})$/i.test(name)) return `has a digest without its name: #sha256=… or #sha512=…`
  if (/^(md5|sha-?1|crc32c?)$/i.test(name)) return `has the key ${name}, which is no proof: sha256 and sha512 are`
  if (/[#,;]/.test(name)) return `has '${name}' behind its #: keys are joined by &, as #unpack&strip=1`
  const near = nearest(name, known)
  return `has the unknown key '${name}', ${near === undefined ? `known are ${known.toSorted().join(', ')}` : `did you mean ${near}?`}`
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '')
}

/** Whether an output is the volume itself. */
export function isRoot({ path }: OutputPath): boolean {
  return path === '.'
}

/** What does not go together in an item whose settings are complete; completes "OUT=URL …". */
export function problemOf({ out, isFolder, url, name, settings, expected }: Item): string | undefined {
  const { sha256From, sha512From, minisign, cosign, publicKey } = settings
  const digests = [expected.sha256, expected.sha512, sha256From, sha512From].filter((each) => each !== undefined)
  const is = `'${formatOutputPath(out)}=${name}' has`
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme))
    return `${is} the unknown scheme ${scheme}://, known are ${schemes.join(', ')}${insteadOf(scheme)}`
  if (/[${}<>]/.test(decodePart(url.hostname)))
    return `${is} '${url.hostname}' for its host, which nobody has replaced: Kubernetes knows $(NAME) alone`
  if (url.hostname === '' && scheme !== 'file') return `${is} no ${scheme === 'oci' ? 'registry' : 'bucket'}`
  const isFolderOfBucket = ['s3', 'gs', 'az'].includes(scheme) && name.endsWith('/')
  const isFile = settings.unpack !== true && scheme !== 'oci' && !isFolderOfBucket
  if (isRoot(out) && isFile) return `'.' is the volume itself: it needs unpack, or a name`
  if (isFolder && isFile) {
    const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1) || 'NAME'
    return `'${formatOutputPath(out)}/' is a folder, and what comes is one file: name it, as ${formatOutputPath(out)}/${last}, or unpack it`
  }
  if ((sha256From !== undefined || sha512From !== undefined) && digests.length > 1)
    return `${is} several digests: sha256, sha512, sha256-from and sha512-from exclude each other`
  const isKnown = digests.length > 0 || publicKey !== undefined
  if (settings.mirror !== undefined && (!isKnown || scheme === 'oci' || isFolderOfBucket))
    return `${is} mirrors, which need one file and its digest: sha256=, sha256-from= or public-key=`
  const foreign = (['file', 'platform'] as const).find((key) => settings[key] !== undefined)
  if (foreign !== undefined && url.protocol !== 'oci:') return `${is} the key ${foreign}, which is for oci:// alone`
  const signed = minisign === undefined ? (cosign === undefined ? undefined : 'cosign') : 'minisign'
  if (signed !== undefined && publicKey === undefined) return `${is} the key ${signed}, and no public-key`
  return undefined
}

/** How messages call it. */
export function labelOf({ out, name }: Item): string {
  return `${formatOutputPath(out)} from ${name}`
}
