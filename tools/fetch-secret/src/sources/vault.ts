import { NotFoundError, RefusedError } from '@initbox/core'
import type { Document } from '../secret/document.ts'
import { isObject, type JsonObject, property, textOf, WrittenNumber } from '../secret/json.ts'
import { mountOf } from '../vault/mount.ts'
import { encodePath } from '../vault/path-template.ts'
import type { Source } from './source.ts'
import { pathProblem, queryOf } from './vault-paths.ts'

/**
 * A secret of a KV engine, version 1 or 2: which one it is, and so where `/data/` belongs, the server is asked. The path is
 * written as `bao kv get` takes it.
 */
export const vault: Source = {
  problemOf: ({ path, query }) => {
    const stranger = query.keys().find((name) => name !== 'version')
    if (stranger !== undefined) return `vault:// takes ?version=, not ?${stranger}=`
    if (query.has('version') && !/^[1-9]\d*$/.test(query.get('version') ?? '')) return 'version must be a whole number'
    if (!path.includes('/') || path.endsWith('/'))
      return 'the path must name a secret below a mount: vault://MOUNT/PATH'
    return pathProblem(path)
  },
  fetch: async ({ path, query, label }, sessions, signal) => {
    const session = await sessions.vault(signal)
    const mount = await mountOf(session, path, { what: `read ${label}`, signal })
    const rest = path.slice(mount.path.length)
    if (rest === '') throw new NotFoundError(`${label} is the mount itself`, { hint: 'name a secret below it' })
    const isVersioned = mount.version === 2
    const target = encodePath(isVersioned ? `${mount.path}data/${rest}` : path)
    const call = { what: `read ${label}`, signal, query: queryOf(query) }
    if (!isVersioned && query.has('version')) throw new RefusedError(`${label} is in a KV engine without versions`)
    const answer = await session.read(target, call).catch((error: unknown) => {
      throw isVersioned ? withHint(error, label, rest, mount.path) : error
    })
    if (isVersioned) return versioned(answer.data, label)
    if (answer.data === undefined) throw new NotFoundError(`${label} is empty`)
    return { content: { kind: 'fields', fields: answer.data } }
  },
}

/** KV 2 answers a deleted version with `data: null` and says in the metadata why. */
function versioned(answer: JsonObject | undefined, label: string): Document {
  const fields = answer === undefined ? undefined : property(answer, 'data')
  const metadata = answer === undefined ? undefined : property(answer, 'metadata')
  const version = isObject(metadata) ? versionOf(metadata) : undefined
  if (isObject(fields)) return { content: { kind: 'fields', fields }, version }
  throw gone(label, isObject(metadata) ? metadata : {}, version)
}

function versionOf(metadata: JsonObject): string | undefined {
  const version = property(metadata, 'version')
  return version instanceof WrittenNumber ? `version ${version.text}` : undefined
}

function gone(label: string, metadata: JsonObject, version = 'this version'): NotFoundError {
  if (property(metadata, 'destroyed') === true) {
    return new NotFoundError(`${version} of ${label} was destroyed`, { hint: 'an older one is read with ?version=N' })
  }
  const time = textOf(property(metadata, 'deletion_time'))
  return new NotFoundError(`${version} of ${label} was deleted${time === undefined ? '' : ` at ${time}`}`, {
    hint: 'undelete it, or read an older one with ?version=N',
  })
}

/** What is answered with 404 may be a deleted version, or a path that has the API's own `/data/` in it. */
function withHint(error: unknown, label: string, rest: string, mount: string): unknown {
  if (!(error instanceof NotFoundError)) return error
  if (error.hint !== undefined) return error
  const hint = rest.startsWith('data/')
    ? `write vault://${mount}${rest.slice('data/'.length)}: the /data/ of the API is added by itself`
    : undefined
  return new NotFoundError(`there is no secret ${label}`, { hint, cause: error })
}
