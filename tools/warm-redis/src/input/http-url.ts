/** The URL to ask for, and the SHA-256 that its content must have if `#sha256=` says one. Throws a plain Error. */
export function parseHttp(text: string): { readonly url: URL; readonly sha256: string | undefined } {
  const url = new URL(text)
  const fragment = url.hash.slice(1)
  url.hash = ''
  const [, sha256] = /^sha256=([\da-f]{64})$/i.exec(fragment) ?? []
  if (fragment !== '' && sha256 === undefined) throw new Error('has a fragment that is not sha256= and 64 hex digits')
  return { url, sha256: sha256?.toLowerCase() }
}
