import { NotFoundError, RefusedError } from '@initbox/core'
import { isObject, property, textOf } from '../secret/json.ts'
import type { CallOptions } from './client.ts'
import { encodePath } from './path-template.ts'
import type { VaultSession } from './session.ts'

/** Where a KV engine is mounted, ending with a slash, and which version of its API it has. */
export type Mount = { readonly path: string; readonly version: 1 | 2 }

const known = new WeakMap<VaultSession, Map<string, Promise<Mount>>>()

/**
 * Asks the server which KV engine a path is in; once for all paths that begin alike. `sys/internal/ui/mounts` is what the
 * servers' own CLI asks; every token may.
 */
export async function mountOf(session: VaultSession, path: string, call: CallOptions): Promise<Mount> {
  const mounts = known.get(session) ?? new Map<string, Promise<Mount>>()
  known.set(session, mounts)
  const [first = ''] = path.split('/')
  const asked = mounts.get(first) ?? ask(session, path, call)
  mounts.set(first, asked)
  try {
    const mount = await asked
    // Another one that begins with the same word.
    return path.startsWith(mount.path) ? mount : await ask(session, path, call)
  } catch (error) {
    mounts.delete(first)
    throw error
  }
}

async function ask(session: VaultSession, path: string, call: CallOptions): Promise<Mount> {
  const { data = {} } = await session.read(`sys/internal/ui/mounts/${encodePath(path)}`, call)
  const type = property(data, 'type')
  const mount = textOf(property(data, 'path'))
  if (mount === undefined || !path.startsWith(mount))
    throw new NotFoundError(`cannot ${call.what}: there is no such mount`)
  if (type !== 'kv' && type !== 'generic') {
    const shown = typeof type === 'string' ? type : 'unknown'
    throw new RefusedError(`cannot ${call.what}: ${mount} is no KV engine but of type ${shown}`, {
      hint: 'vault-read:// and vault-write:// take any path of Vault',
    })
  }
  const options = property(data, 'options')
  return { path: mount, version: isObject(options) && property(options, 'version') === '2' ? 2 : 1 }
}
