/** Where a request goes: the origin as a URL, and what stands in the request line just as somebody wrote it. */
export type Target = { readonly url: URL; readonly path: string }

/**
 * A URL, and its path and query unchanged where they can be sent as they are: signatures are made over `%7E` and `%2F` as
 * they stand there, and `URL` rewrites some of them.
 */
export function targetOf(address: string): Target {
  const url = new URL(address)
  const [, raw] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(address) ?? []
  const isClean = raw !== undefined && /^[\x21-\x7e]*$/.test(raw) && !/\/\.\.?(\/|\?|$)/.test(raw)
  if (!isClean) return { url, path: `${url.pathname}${url.search}` }
  return { url, path: raw.startsWith('/') ? raw : `/${raw}` }
}

/** Where a redirect leads. Throws a TypeError for what is no URL. */
export function redirected(from: URL, location: string): Target {
  if (/^https?:\/\//i.test(location)) return targetOf(location)
  if (location.startsWith('//')) return targetOf(`${from.protocol}${location}`)
  if (location.startsWith('/')) return targetOf(`${from.origin}${location}`)
  return targetOf(new URL(location, from).href)
}
