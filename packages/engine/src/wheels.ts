import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './apt.ts'
import { cacheFolder } from './cache-folder.ts'
import { mustRun } from './command.ts'
import { withLock } from './lock.ts'
import { say } from './say.ts'

/** The list of packages, with their hashes, that a service's folder may have; the Dockerfile then finds them in `wheels/`. */
const list = 'wheels.txt'

/** As pip names the processors of the engine's containers. */
const processors: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

/**
 * Lends a build context: the folder itself, or a copy with the wheels of its list, which this machine's pip fetches (it knows
 * its proxies and CAs; a container does not).
 */
export async function withWheels<T>(folder: string, use: (context: string) => Promise<T>): Promise<T> {
  if (!existsSync(join(folder, list))) return use(folder)
  const context = mkdtempSync(join(cacheFolder(), 'wheels-'))
  try {
    cpSync(folder, context, { recursive: true })
    await fetchWheels(join(folder, list), join(context, 'wheels'))
    return await use(context)
  } finally {
    rmSync(context, { recursive: true })
  }
}

/** Fetches the wheels of a list for this machine's processor and Debian 12's Python. */
async function fetchWheels(requirements: string, folder: string): Promise<void> {
  const processor = processors[process.arch]
  if (processor === undefined) throw new Error(`no wheels are known for the processor ${process.arch}`)
  await withLock('pip', async () => {
    await requireProgram('pip3', 'python3-pip')
    say(`fetching what ${requirements} lists from PyPI`)
    const only = [
      '--no-deps',
      '--require-hashes',
      '--only-binary=:all:',
      '--python-version',
      '3.11',
      // By the glibc that they need at least; Debian 12 has 2.36.
      ...['manylinux2014', 'manylinux_2_28'].flatMap((glibc) => ['--platform', `${glibc}_${processor}`]),
    ]
    await mustRun('pip3', ['download', '--quiet', ...only, '--requirement', requirements, '--dest', folder])
  })
}
