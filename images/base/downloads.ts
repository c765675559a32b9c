import { createHash, type BinaryToTextEncoding } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openApt, type Apt } from './apt.ts'
import type { Architecture } from './contents.ts'
import { refreshCommand, type Lock, type LockedPackage } from './lock.ts'

const run = promisify(execFile)

/** A Debian package on disk. `locked` is false when the mirror no longer had the locked version. */
export type DebianFile = LockedPackage & { readonly name: string; readonly file: string; readonly locked: boolean }

/** What is fetched stays in `cache/downloads`, by its own hash: a version that a mirror has dropped still builds here. */
type Fetching = { readonly cache: string; readonly lock: Lock }

/**
 * Fetches the named locked Debian packages of one architecture. A version that is neither cached nor on the mirror any
 * longer is replaced by the mirror's current one, or with `lockedOnly` an error. Throws on any hash that is not the locked one.
 */
export async function fetchDebian(
  names: readonly string[],
  {
    cache,
    architecture,
    lock,
    lockedOnly,
    open = openApt,
  }: Fetching & { readonly architecture: Architecture; readonly lockedOnly: boolean; readonly open?: typeof openApt },
): Promise<DebianFile[]> {
  const downloads = join(cache, 'downloads')
  await mkdir(downloads, { recursive: true })
  const work = await mkdtemp(join(cache, 'fetch-'))
  let apt: Promise<Apt> | undefined
  const mirror = () => (apt ??= open(join(work, 'apt'), architecture))

  async function fetch(name: string, wanted = lock.debian[architecture][name]): Promise<DebianFile> {
    if (wanted === undefined) throw new Error(`${name} for ${architecture} is not locked (hint: ${refreshCommand})`)
    const file = join(downloads, `${wanted.sha256}.deb`)
    if (existsSync(file))
      return { ...wanted, name, file: await checked(file, 'sha256', 'hex', wanted.sha256), locked: true }
    const downloaded = await (await mirror()).download(name, wanted.version, work)
    if (downloaded !== undefined) {
      await rename(await checked(downloaded, 'sha256', 'hex', wanted.sha256), file)
      return { ...wanted, name, file, locked: true }
    }
    if (lockedOnly) {
      throw new Error(
        `the Debian mirror no longer has ${name} ${wanted.version} for ${architecture} (hint: ${refreshCommand} takes its current version)`,
      )
    }
    return { ...(await fetch(name, await (await mirror()).candidate(name))), locked: false }
  }

  try {
    return await Promise.all(names.map((name) => fetch(name)))
  } finally {
    await rm(work, { recursive: true })
  }
}

/** Fetches the locked npm package that carries Node's official binary (about 50 MB) and returns its .tgz file. */
export function fetchNode(name: string, { cache, lock }: Fetching): Promise<string> {
  return fetchNpm({ name, version: lock.node.version, integrity: lock.node.integrity[name] ?? '' }, cache)
}

/** A package of the npm registry, and the hash that its file must have. */
export type NpmPackage = { readonly name: string; readonly version: string; readonly integrity: string }

/** Fetches a package without what it depends on, into `cache/downloads`, and returns its .tgz file. Throws on another hash. */
export async function fetchNpm({ name, version, integrity }: NpmPackage, cache: string): Promise<string> {
  const file = join(cache, 'downloads', `${name.replace('/', '-')}-${version}.tgz`)
  if (existsSync(file)) return integral(file, integrity)
  await mkdir(join(cache, 'downloads'), { recursive: true })
  const work = await mkdtemp(join(cache, 'fetch-'))
  try {
    await run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: work })
    const [packed = ''] = await readdir(work)
    await rename(await integral(join(work, packed), integrity), file)
    return file
  } finally {
    await rm(work, { recursive: true })
  }
}

function integral(file: string, integrity: string): Promise<string> {
  return checked(file, 'sha512', 'base64', integrity.replace(/^sha512-/, ''))
}

async function checked(
  file: string,
  algorithm: string,
  encoding: BinaryToTextEncoding,
  wanted: string,
): Promise<string> {
  const found = createHash(algorithm)
    .update(await readFile(file))
    .digest(encoding)
  if (found === wanted) return file
  await rm(file)
  throw new Error(
    `refused ${file}: its ${algorithm} is ${found}, locked is ${wanted} (hint: run it again; if it stays, ask why before you run ${refreshCommand})`,
  )
}
