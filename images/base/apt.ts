import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Architecture } from './contents.ts'
import { debianSources } from './apt-sources.ts'
import type { LockedPackage } from './lock.ts'

const run = promisify(execFile)

/** A signed view of Debian 12 for one architecture; the host's own apt and dpkg state is neither read nor changed. */
export type Apt = {
  /** The version that an `apt-get install` would choose now. */
  candidate(name: string): Promise<LockedPackage>
  /** Downloads one package into a new folder below `parent` and returns its file; undefined when the mirror lacks that version. */
  download(name: string, version: string, parent: string): Promise<string | undefined>
}

/** Fetches the package lists of `architecture` into `folder` (a few seconds). Throws where there is no apt or no Debian source. */
export async function openApt(folder: string, architecture: Architecture): Promise<Apt> {
  const sources = join(folder, 'debian.sources')
  const config = join(folder, 'apt.conf')
  await Promise.all(['lists/partial', 'archives/partial'].map((name) => mkdir(join(folder, name), { recursive: true })))
  await writeFile(sources, debianSources())
  await writeFile(join(folder, 'status'), '')
  await writeFile(config, configuration(folder, sources, architecture))
  const options = ['-c', config, '-q']
  await run('apt-get', [...options, 'update'], { env: environment() }).catch((error: Error) => {
    const missing = 'code' in error && error.code === 'ENOENT'
    throw new Error(missing ? noApt : `apt-get update failed: ${lastLine(error)}`, { cause: error })
  })

  return {
    async candidate(name) {
      const { stdout } = await run('apt-cache', [...options, '--no-all-versions', 'show', name], { env: environment() })
      const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
      return { version: field('Version'), sha256: field('SHA256') }
    },
    async download(name, version, parent) {
      const target = await mkdtemp(join(parent, 'deb-'))
      try {
        await run('apt-get', [...options, 'download', `${name}=${version}`], { cwd: target, env: environment() })
      } catch (error) {
        await rm(target, { recursive: true })
        if (/^E: Version .* was not found/m.test(String(error))) return undefined
        throw new Error(`cannot download Debian package ${name} ${version}: ${lastLine(error)}`, { cause: error })
      }
      const [file = ''] = await readdir(target)
      return join(target, file)
    },
  }
}

const noApt =
  'the base image is made of Debian packages and there is no apt-get here (hint: build it on Debian 12, or in a Debian 12 container)'

/** apt.conf(5): read after the host's own files, so that its proxies and transports stay and its hooks do not run. */
function configuration(folder: string, sources: string, architecture: Architecture): string {
  const clear = [
    'APT::Architectures',
    'APT::Update::Post-Invoke',
    'APT::Update::Post-Invoke-Success',
    'Acquire::IndexTargets::deb::DEP-11',
  ]
  const set = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root', // the cache folder belongs to whoever builds, not to _apt
    'Acquire::Languages': 'none',
    'Dir::Cache': folder,
    'Dir::Cache::pkgcache': '', // several downloads run at once
    'Dir::Cache::srcpkgcache': '',
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
  }
  return [
    ...clear.map((name) => `#clear ${name};`),
    ...Object.entries(set).map(([name, value]) => `${name} "${value}";`),
    '',
  ].join('\n')
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
