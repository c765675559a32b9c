import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Redactor, readText, UsageError } from '@initbox/core'

/** How to log in at a registry. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A refresh token of OAuth 2, which `docker login` keeps for some registries. */
  | { readonly kind: 'identity'; readonly token: string }
  /** What is sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string }

type Entry = Readonly<Record<'auth' | 'username' | 'password' | 'identitytoken' | 'registrytoken', unknown>>

const limit = 1 << 20

/**
 * The credentials for a repository in Docker's config.json, or a Secret of the type kubernetes.io/dockerconfigjson or
 * dockercfg; `path` is the file, or its folder. The longest entry that the repository lies below counts (containers-auth.json(5));
 * none is undefined. Throws UsageError for one that is no such file, or keeps this login in a program that is not here.
 */
export function credentialsIn(
  path: string,
  { registry, repository }: { readonly registry: string; readonly repository: string },
  redactor: Redactor,
): Credentials | undefined {
  const file = fileAt(path)
  const config = parse(readText(file, { limit, option: '--docker-config' }), file)
  const auths = record(config['auths']) ?? config
  const names = placesOf(`${registry}/${repository}`)
  const entries = new Map(Object.entries(auths).map(([key, value]) => [normalise(key), value]))
  const found = names.map((name) => record(entries.get(name))).find((each) => each !== undefined)
  const credentials = found === undefined ? undefined : read(found as Entry, redactor)
  if (credentials !== undefined) return credentials
  const helper = record(config['credHelpers'])?.[registry] ?? config['credsStore']
  if (typeof helper === 'string')
    throw new UsageError(
      `${file} keeps the login for ${registry} in docker-credential-${helper}, which cannot run here`,
      {
        hint: 'mount a Secret of the type kubernetes.io/dockerconfigjson, which has the login itself',
      },
    )
  return undefined
}

function fileAt(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path
  const names = ['config.json', '.dockerconfigjson', '.dockercfg'].map((name) => join(path, name))
  return names.find((name) => existsSync(name)) ?? join(path, 'config.json')
}

function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const config = record(JSON.parse(text))
    if (config !== undefined) return config
  } catch {
    // It may hold secrets, and what JSON.parse says quotes them.
  }
  throw new UsageError(`${file} is no config.json of Docker: it is not a JSON object`)
}

/** `a/b/c`, `a/b`, `a`. */
function placesOf(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_part, index) => parts.slice(0, parts.length - index).join('/'))
}

/** Keys are hosts, places below them, or URLs of an API: `https://index.docker.io/v1/`. */
function normalise(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '')
  return bare.replace(/^(index|registry-1)\.docker\.io(?=\/|$)/, 'docker.io')
}

function read(
  { auth, username, password, identitytoken, registrytoken }: Entry,
  redactor: Redactor,
): Credentials | undefined {
  const secret = (value: unknown): value is string => {
    if (typeof value !== 'string' || value === '') return false
    redactor.add(value)
    return true
  }
  if (secret(identitytoken)) return { kind: 'identity', token: identitytoken }
  if (secret(registrytoken)) return { kind: 'bearer', token: registrytoken }
  if (typeof username === 'string' && secret(password)) return { kind: 'password', username, password }
  if (!secret(auth)) return undefined
  const pair = Buffer.from(auth, 'base64').toString()
  const colon = pair.indexOf(':')
  const decoded = pair.slice(colon + 1).replace(/\0+$/, '')
  return colon > 0 && secret(decoded)
    ? { kind: 'password', username: pair.slice(0, colon), password: decoded }
    : undefined
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}
