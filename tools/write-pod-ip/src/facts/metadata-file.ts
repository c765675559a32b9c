import { readText, RefusedError } from '@initbox/core'

/** Kubernetes allows 256 KiB of annotations; escaping can make four bytes of one. */
const limit = 1 << 20

/** The whole manifest once more, written by `kubectl apply`: no fact about the Pod, and too much for a variable. */
const noFact = 'kubectl.kubernetes.io/last-applied-configuration'

/** Reads the labels or annotations of a downwardAPI volume, but for what kubectl notes for itself. Throws NotFoundError, UsageError and RefusedError. */
export function readMetadataFile(path: string): ReadonlyMap<string, string> {
  const lines = readText(path, { limit }).split('\n')
  const entries = lines.flatMap((line, index) => (line === '' ? [] : [parseLine(line, path, index + 1)]))
  return new Map(entries.filter(([key]) => key !== noFact))
}

/** One `key="value"`, the value as Go's %q writes it (FormatMap in kubernetes/pkg/fieldpath, 1.35). */
function parseLine(line: string, path: string, number: number): [string, string] {
  const [, key = '', quoted = ''] = /^([^\s="]+)="((?:[^"\\]|\\.)*)"$/.exec(line) ?? []
  const value = key === '' ? undefined : unquote(quoted)
  if (value !== undefined) return [key, value]
  throw new RefusedError(`cannot read ${path}: line ${number} is not key="value"`, {
    hint: "it must be the whole of metadata.labels or metadata.annotations, without ['key']",
  })
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}

/** Undoes Go's strconv.Quote; undefined for what it never writes (`\x80` and above stand for bytes that are not UTF-8). */
function unquote(text: string): string | undefined {
  let valid = true
  const value = text.replace(/\\(?:x([0-7][\da-f])|u([\da-f]{4})|U([\da-f]{8})|(.))/g, (_, x, u, U, letter) => {
    const code = Number.parseInt(x ?? u ?? U ?? '', 16)
    if (code <= 0x10ffff) return String.fromCodePoint(code)
    const char = letters[letter]
    valid &&= char !== undefined
    return char ?? ''
  })
  return valid ? value : undefined
}
