import { NotFoundError, RefusedError } from '@initbox/core'
import type { Document } from '../secret/document.ts'
import { isObject, type Json, type JsonObject, property, textOf, WrittenNumber } from '../secret/json.ts'
import { answerOf } from '../vault/answer.ts'
import { MissingError } from '../vault/failure.ts'
import { mountOf } from '../vault/mount.ts'
import { openVault } from '../vault/open-vault.ts'
import { encodePath } from '../vault/path-template.ts'
import type { Source } from './source.ts'
import { pathProblem, queryOf } from './vault-paths.ts'

/**
 * A secret of a KV engine, version 1 or 2: which one it is, and so where `/data/` belongs, the server is asked. The path is
 * written as `bao kv get` takes it.
 */
export const vault: Source = {
  problemOf: ({ path, query }) => {
    const stranger = [...query.keys()].find((name) => name !== 'version')
    if (stranger !== undefined) return `vault:// takes ?version=, not ?${stranger}=`
    if (query.has('version') && !/^[1-9]\d*$/.test(query.get('version') ?? '')) return 'version must be a whole number'
    if (!path.includes('/') || path.endsWith('/'))
      return 'the path must name a secret below a mount: vault://MOUNT/PATH'
    return pathProblem(path)
  },
  needs: async ({ path, label }, sessions, signal) => {
    const session = await openVault(sessions, signal)
    const mount = await mountOf(session, path, { what: `read ${label}`, signal })
    const target = mount.version === 2 ? `${mount.path}data/${path.slice(mount.path.length)}` : path
    return [{ kind: 'vault', path: target, capability: 'read' }]
  },
  fetch: async ({ path, query, label }, sessions, signal) => {
    const session = await openVault(sessions, signal)
    const mount = await mountOf(session, path, { what: `read ${label}`, signal })
    const rest = path.slice(mount.path.length)
    if (rest === '') throw new NotFoundError(`${label} is the mount itself`, { hint: 'name a secret below it' })
    const isVersioned = mount.version === 2
    const target = encodePath(isVersioned ? `${mount.path}data/${rest}` : path)
    const call = { what: `read ${label}`, signal, query: queryOf(query) }
    if (!isVersioned && query.has('version')) throw new RefusedError(`${label} is in a KV engine without versions`)
    const answer = await session.read(target, call).catch((error: unknown) => {
      throw isVersioned && error instanceof MissingError ? explain(error, label, rest, mount.path) : error
    })
    if (isVersioned) return versioned(answer.data, label)
    if (answer.data === undefined) throw new NotFoundError(`${label} is empty`)
    return { content: { kind: 'fields', fields: answer.data } }
  },
}

function versioned(answer: JsonObject | undefined, label: string): Document {
  const fields = answer === undefined ? undefined : property(answer, 'data')
  const metadata = answer === undefined ? undefined : property(answer, 'metadata')
  if (isObject(fields)) return { content: { kind: 'fields', fields }, version: versionOf(metadata) }
  throw gone(label, metadata)
}

function versionOf(metadata: Json | undefined): string | undefined {
  const version = isObject(metadata) ? property(metadata, 'version') : undefined
  return version instanceof WrittenNumber ? `version ${version.text}` : undefined
}

/** KV 2 says in the metadata why a version has no data. */
function gone(label: string, metadata: Json | undefined): NotFoundError {
  const facts = isObject(metadata) ? metadata : {}
  const what = `${versionOf(metadata) ?? 'this version'} of ${label}`
  if (property(facts, 'destroyed') === true) {
    return new NotFoundError(`${what} was destroyed`, { hint: 'an older one is read with ?version=N' })
  }
  const time = textOf(property(facts, 'deletion_time'))
  return new NotFoundError(`${what} was deleted${time === undefined ? '' : ` at ${time}`}`, {
    hint: 'undelete it, or read an older one with ?version=N',
  })
}

/** What is answered with 404 may be a version that is deleted, or a path that has the API's own `/data/` in it. */
function explain(error: MissingError, label: string, rest: string, mount: string): NotFoundError {
  const { data } = answerOf(error.body)
  const metadata = data === undefined ? undefined : property(data, 'metadata')
  if (isObject(metadata)) return gone(label, metadata)
  if (error.hint !== undefined) return error
  const hint = rest.startsWith('data/')
    ? `write vault://${mount}${rest.slice('data/'.length)}: the /data/ of the API is added by itself`
    : undefined
  return new NotFoundError(`there is no secret ${label}`, { hint, cause: error })
}
