import { RefusedError } from '@initbox/core'
import type { Header } from '@initbox/net'

/** Readers of what LFS servers say in JSON. Nothing in it is trusted. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws RefusedError for what is no URL of https or http. */
export function webUrl(value: unknown, whose: string): URL {
  if (typeof value === 'string' && URL.canParse(value)) {
    const url = new URL(value)
    if (url.protocol === 'https:' || url.protocol === 'http:') return url
  }
  throw new RefusedError(`${whose} names no URL of https or http`)
}

/** Headers that a server wants to see. Throws RefusedError for what cannot be one. */
export function headerList(value: unknown): readonly Header[] {
  if (value === undefined || value === null) return []
  if (!isRecord(value)) throw new RefusedError('the LFS server names headers that are none')
  return Object.entries(value).map(([name, text]) => {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || typeof text !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(text))
      throw new RefusedError('the LFS server names headers that are none')
    return [name.toLowerCase(), text]
  })
}
