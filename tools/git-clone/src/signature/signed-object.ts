/** A commit or tag with what of it is signed, and the signature, or undefined where there is none. */
export type SignedObject = {
  readonly kind: 'commit' | 'tag'
  readonly payload: Buffer
  readonly signature: string | undefined
  /** When it was made, in seconds since 1970. */
  readonly time: number
  /** Of a tag: its own name. */
  readonly name: string | undefined
}

/** What git signs of a commit: everything but the header `gpgsig` (git's `parse_signed_commit`). */
export function signedCommit(bytes: Buffer): SignedObject {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\n\n')
  const head = end === -1 ? text : text.slice(0, end + 1)
  const found: string[] = []
  const rest = head.replaceAll(/^gpgsig(-sha256)? [^\n]*\n(?: [^\n]*\n)*/gm, (whole: string, other?: string) => {
    if (other === undefined) found.push(whole.slice('gpgsig '.length).replaceAll('\n ', '\n'))
    return ''
  })
  const payload = Buffer.from(end === -1 ? rest : rest + text.slice(end + 1), 'latin1')
  const signature = found.length === 1 ? found[0] : undefined
  return { kind: 'commit', payload, signature, time: timeOf(head, 'committer'), name: undefined }
}

/** What git signs of a tag: all that stands before the signature at its end (git's `parse_signed_buffer`). */
export function signedTag(bytes: Buffer): SignedObject {
  const text = bytes.toString('latin1')
  const begins = [...text.matchAll(/^-----BEGIN (?:SSH|PGP) (?:SIGNATURE|MESSAGE)-----/gm)].at(-1)?.index
  const head = text.slice(0, text.indexOf('\n\n') + 1)
  const [, name] = /^tag (.+)$/m.exec(head) ?? []
  return {
    kind: 'tag',
    payload: Buffer.from(text.slice(0, begins), 'latin1'),
    signature: begins === undefined ? undefined : text.slice(begins),
    time: timeOf(head, 'tagger'),
    name: name === undefined ? undefined : Buffer.from(name, 'latin1').toString('utf8'),
  }
}

function timeOf(head: string, who: string): number {
  const [, time = '0'] = new RegExp(`^${who} .*> (\\d{1,12}) [+-]\\d{4}$`, 'm').exec(head) ?? []
  return Number(time)
}
