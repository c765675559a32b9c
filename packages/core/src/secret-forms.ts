/**
 * The forms in which a secret may be written: raw, hex, and base64 (RFC 4648 §4 and §5) at any offset, so that
 * `user:password` in a Basic header is found too; and URL-encoded or JSON-escaped as this platform does it. Other ways
 * to escape are found by undoing them (see `viewsOf`), which these forms do not depend on.
 */
export function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const forms = new Set([secret, json, JSON.stringify(json).slice(1, -1), ...urlForms(secret)])
  if (secret.length < 4) return [...forms]
  const bytes = Buffer.from(secret)
  forms.add(bytes.toString('hex')).add(bytes.toString('hex').toUpperCase())
  for (const offset of [0, 1, 2]) for (const form of base64At(bytes, offset)) forms.add(form)
  return [...forms]
}

/** As `encodeURIComponent` does it, as RFC 3986 wants it, as forms do it; with hex digits of either case. */
function urlForms(secret: string): string[] {
  const usual = encodeURIComponent(secret.toWellFormed())
  const strict = usual.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [usual, strict, strict.replaceAll('%20', '+')]
  return [...forms, ...forms.map((form) => form.replace(/%../g, (escape) => escape.toLowerCase()))]
}

/**
 * Base64 when `offset` (mod 3) other bytes stand before the secret: the characters that depend on its bytes alone, and
 * up to the end with and without padding, where nothing follows it.
 */
function base64At(bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes])
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor((padded.length * 8) / 6)
  const encoded = padded.toString('base64')
  const forms = [encoded.slice(first, last), encoded.slice(first), encoded.slice(first).replace(/=+$/, '')]
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}
