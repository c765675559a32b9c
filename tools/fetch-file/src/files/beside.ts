import { pathToFileURL } from 'node:url'
import { formatUrl, UsageError } from '@initbox/core'
import type { Item } from './item.ts'

/**
 * What a key of a file names: a URL; an absolute path, which is a file of this container; or what lies beside the file,
 * `SHA256SUMS`; where it begins with a dot the file's own name with that behind it, `.sha256`. A login for the file is for
 * the same origin only. Throws UsageError.
 */
export function besideOf(item: Item, reference: string): Item {
  const address = addressOf(item.address.replace(/\?.*$/s, ''), reference)
  if (!URL.canParse(address))
    throw new UsageError(`a key of ${item.name} names '${reference}', which is no URL and no path`)
  const url = new URL(address)
  const { tokenEnv } = item.settings
  const settings = url.origin === item.url.origin && tokenEnv !== undefined ? { tokenEnv } : {}
  return { out: item.out, isFolder: false, address, url, name: formatUrl(url), settings, expected: {} }
}

function addressOf(base: string, reference: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return reference
  if (reference.startsWith('/')) return pathToFileURL(reference).href
  if (/^\.[^./][^/]*$/.test(reference)) return `${base}${reference}`
  return `${base.slice(0, base.lastIndexOf('/') + 1)}${reference.replace(/^\.\//, '')}`
}
