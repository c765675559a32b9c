import { mustRun, run } from './command.ts'
import { withLock } from './lock.ts'
import { sayWhile } from './say.ts'

const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
let updated = false

/** Why Debian packages cannot be installed by this process, or undefined when they can. */
export async function whyNoApt(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`
  if (process.getuid?.() !== 0) return 'this is not root'
  if ((await run('apt-get', ['--version'])).code !== 0) return 'there is no apt-get'
  return undefined
}

/** Makes sure that a program is there, if need be with Debian packages; where that is impossible an Error says what to install. */
export async function requireProgram(program: string, ...packages: readonly [string, ...string[]]): Promise<void> {
  if ((await run(program, ['--version'])).code === 0) return
  const why = await whyNoApt()
  if (why !== undefined)
    throw new Error(`${program} is missing and cannot be installed: ${why} (hint: install ${packages[0]})`)
  await installPackages(...packages)
}

/** Installs Debian packages without the recommended ones; a failure is an Error that quotes apt. */
export async function installPackages(...names: string[]): Promise<void> {
  await withLock('apt', async () => {
    await sayWhile(`installing ${names.join(', ')} with apt`, 'a minute', async () => {
      // A list that cannot be fetched matters only when a package is then not found, and apt says so itself.
      if (!updated) await run('apt-get', ['update'], { env })
      updated = true
      const options = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
      await mustRun('apt-get', ['install', ...options, ...names], { env })
    })
  })
}
