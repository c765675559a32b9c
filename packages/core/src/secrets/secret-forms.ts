/**
 * The forms in which a secret may be written: raw, hex, and base64 (RFC 4648 §4 and §5) at any offset, so that
 * `user:password` in a Basic header is found too; and URL-encoded or JSON-escaped as this platform does it. Other ways
 * to escape are found by undoing them (see `viewsOf`), which these forms do not depend on.
 */
export function formsOf(secret: string): string[] {
  const forms = [secret]
  if (!/^[\w.~-]*$/.test(secret)) forms.push(...jsonForms(secret), ...urlForms(secret))
  if (secret.length < 4) return forms
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  return [...forms, hex, hex.toUpperCase(), ...base64Forms(bytes)]
}

function jsonForms(secret: string): string[] {
  const once = JSON.stringify(secret).slice(1, -1)
  return [once, JSON.stringify(once).slice(1, -1)]
}

/** As `encodeURIComponent` does it, as RFC 3986 wants it, as forms do it; with hex digits of either case. */
function urlForms(secret: string): string[] {
  const usual = encodeURIComponent(secret.toWellFormed())
  const strict = usual.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [usual, strict, strict.replaceAll('%20', '+')]
  return [...forms, ...forms.map((form) => form.replace(/%../g, (escape) => escape.toLowerCase()))]
}

/**
 * Base64 when 0, 1 or 2 other bytes (mod 3) stand before the secret: the characters that depend on its bytes alone, and
 * up to the end with and without padding, where nothing follows it.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = []
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const encoded = padded.toString('base64').slice(Math.ceil((offset * 8) / 6))
    const whole = encoded.length - (padded.length % 3 === 0 ? 0 : padded.length % 3 === 1 ? 3 : 2)
    forms.push(encoded)
    if (whole < encoded.length) forms.push(encoded.slice(0, whole), encoded.replace(/=+$/, ''))
  }
  const url = forms.filter((form) => /[+/]/.test(form))
  return [...forms, ...url.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}
