import { readBytes } from '@initbox/core'
import { addressesInHosts } from './hosts-file.ts'
import { LookupError, stateOf } from './lookup-error.ts'
import { queryAddresses, withResolver } from './query.ts'
import { candidatesOf, parseResolvConf, type ResolvConf } from './resolv-conf.ts'
import { ipFamily } from './ip-family.ts'

/** Where the two files are; a test gives its own. */
export type ResolveFiles = { readonly hosts: string; readonly resolvConf: string }

const systemFiles: ResolveFiles = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' }

/**
 * The IP addresses of a host name, best first, as `getaddrinfo` with "files dns" would find them, but cancellable and
 * never cached: IP literals and localhost (RFC 6761 §6.3) without any I/O, then /etc/hosts, then the name servers and the
 * search list of /etc/resolv.conf, both read anew each time. Throws a LookupError when there is none.
 */
export async function resolve(
  name: string,
  signal: AbortSignal,
  files: ResolveFiles = systemFiles,
): Promise<readonly string[]> {
  if (ipFamily(name) !== 0) return [name]
  if (/^(.+\.)?localhost\.?$/i.test(name)) return ['127.0.0.1', '::1']
  const listed = addressesInHosts(read(files.hosts), name.replace(/\.$/, ''))
  if (listed.length > 0) return listed
  const conf = readResolvConf(files)
  return withResolver(conf, signal, async (resolver) => {
    let code: string | undefined
    for (const candidate of candidatesOf(name, conf)) {
      // One after the other: an earlier domain of the search list wins, whichever answer comes first.
      const found = await queryAddresses(resolver, candidate)
      if (found.addresses.length > 0) return found.addresses
      signal.throwIfAborted()
      // "No such name" goes on to the next domain, and so does glibc after a failing server; the worst news is kept.
      code = code === undefined || code === 'ENOTFOUND' || code === 'ENODATA' ? found.code : code
    }
    const state = stateOf(code)
    const clean = code === 'ENOTFOUND' || code === 'ENODATA'
    throw new LookupError(name, state, clean ? {} : { servers: conf.nameservers })
  })
}

/** /etc/resolv.conf as it is now. */
export function readResolvConf({ resolvConf }: Pick<ResolveFiles, 'resolvConf'> = systemFiles): ResolvConf {
  return parseResolvConf(read(resolvConf))
}

/** A missing file is an empty one, as for glibc. */
function read(path: string): string {
  try {
    return readBytes(path, { limit: 1 << 20 }).toString()
  } catch {
    return ''
  }
}
