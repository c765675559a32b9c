import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openApt } from './apt.ts'
import { architectures, keptPaths, stripPackages, type Architecture } from './contents.ts'
import { writeLock, type LockedPackage } from './lock.ts'

const run = promisify(execFile)

/** Writes lock.json anew: the mirror's current Debian packages, and npm's integrity hashes of Node `version`. */
export async function refreshLock(cache: string, version: string): Promise<void> {
  const names = Object.keys(architectures) as Architecture[]
  const debian = await Promise.all(names.map((architecture) => currentPackages(cache, architecture)))
  const nodePackages = Object.values(architectures).map(({ nodePackage }) => nodePackage)
  const integrity = await Promise.all(nodePackages.map((name) => npmIntegrity(name, version)))
  await writeLock({
    debian: Object.fromEntries(names.map((name, at) => [name, debian[at]])) as Record<
      Architecture,
      Record<string, LockedPackage>
    >,
    node: { version, integrity: Object.fromEntries(nodePackages.map((name, at) => [name, integrity[at] ?? ''])) },
  })
}

async function currentPackages(cache: string, architecture: Architecture): Promise<Record<string, LockedPackage>> {
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'lock-'))
  try {
    const apt = await openApt(work, architecture)
    const names = [...Object.keys(keptPaths(architecture)), ...stripPackages]
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await apt.candidate(name)] as const)))
  } finally {
    await rm(work, { recursive: true })
  }
}

async function npmIntegrity(name: string, version: string): Promise<string> {
  const { stdout } = await run('npm', ['view', `${name}@${version}`, 'dist.integrity'])
  return stdout.trim()
}
