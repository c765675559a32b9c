import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { installPackages, whyNoApt } from './apt.ts'
import { run } from './command.ts'
import { engineVersion } from './dockerd.ts'

/** There is no Docker engine and none can be started; the message is a sentence for the person at the terminal. */
export class NoDockerEngine extends Error {
  override readonly name = 'NoDockerEngine'
}

/** Which Debian package brings which program that dockerd needs. */
const programs = { docker: 'docker.io', dockerd: 'docker.io', iptables: 'iptables' } as const

/**
 * Makes sure that this process can start dockerd, with Debian's packages where it is missing; throws NoDockerEngine where it cannot.
 * Returns the engine's version when the system's own init has started one meanwhile.
 */
export async function installEngine(): Promise<string | undefined> {
  const host = process.env['DOCKER_HOST']
  if (host !== undefined)
    throw new NoDockerEngine(`no Docker engine answers at DOCKER_HOST=${host} (hint: start it, or unset DOCKER_HOST)`)
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new NoDockerEngine(
      'no Docker engine answers, and one is started here only on Linux as root (hint: start Docker)',
    )
  const missing = await missingPackages()
  if (missing.length === 0) return undefined
  const why = await whyNoApt()
  if (why !== undefined)
    throw new NoDockerEngine(
      `no Docker engine answers, and ${missing.join(', ')} cannot be installed: ${why} (hint: install Docker)`,
    )
  await installPackages(...missing, 'docker-compose').catch((error: unknown) => {
    throw new NoDockerEngine(`no Docker engine answers, and installing one failed: ${String(error)}`, { cause: error })
  })
  return existsSync('/run/systemd/system') ? startedBySystem() : undefined
}

async function missingPackages(): Promise<string[]> {
  const missing = new Set<string>()
  for (const [program, name] of Object.entries(programs)) {
    if ((await run(program, ['--version'])).code !== 0) missing.add(name)
  }
  return [...missing]
}

/** systemd starts the service as part of the installation; it needs a moment until it answers. */
async function startedBySystem(): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++, await sleep(500)) {
    const version = await engineVersion()
    if (version !== undefined) return version
  }
  return undefined
}
