import { afterAll } from 'vitest'
import { mustRun, run, type CommandResult } from '@initbox/engine/command'

/** The strictest settings that a cluster may ask for, and a UID without passwd entry. */
export const restricted =
  '--read-only --user 12345:0 --cap-drop ALL --security-opt no-new-privileges --memory 64m'.split(' ')

/** What a test file makes in the engine, in the order in which it can be removed. */
const removals = {
  container: ['rm', '--force', '--volumes'],
  volume: ['volume', 'rm', '--force'],
  network: ['network', 'rm'],
  image: ['rmi', '--force'],
}
type Kind = keyof typeof removals

/** Names things in the engine, and removes after the last test of a file what was named, and nothing else. */
export function ownThings(): Record<Exclude<Kind, 'network'>, () => string> & { network(): Promise<string> } {
  const made: { kind: Kind; name: string }[] = []
  const own = (kind: Kind) => () => {
    const name = `initbox-test-${kind}-${process.pid}-${made.length}`
    made.push({ kind, name })
    return name
  }
  afterAll(async () => {
    for (const [kind, removal] of Object.entries(removals)) {
      for (const { name } of made.filter((each) => each.kind === kind)) await run('docker', [...removal, name])
    }
  })
  return {
    container: own('container'),
    volume: own('volume'),
    image: own('image'),
    network: async () => {
      const network = own('network')()
      await mustRun('docker', ['network', 'create', network])
      return network
    },
  }
}

/** Runs a container to its end and removes it; its exit code is the result's. */
export function runImage(
  image: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<CommandResult> {
  return run('docker', ['run', '--rm', ...flags, image, ...args], { timeout: 60_000 })
}

/** Restricted, and without any network: for what needs none. */
export const offline = [...restricted, '--network', 'none']

/** Runs a script under the base image's own Node and returns what it printed. */
export function inBase(script: string, flags: readonly string[] = offline): Promise<string> {
  return mustRun('docker', ['run', '--rm', ...flags, 'initbox/base:dev', '/nodejs/bin/node', '-e', script])
}

/** Starts a script under the base image's own Node and leaves it running. */
export async function startInBase(container: string, script: string, flags: readonly string[]): Promise<void> {
  const program = ['initbox/base:dev', '/nodejs/bin/node', '-e', script]
  await mustRun('docker', ['run', '--detach', '--name', container, ...flags, ...program])
}

/** Waits until a container has written to its log, which says that it is past its start. */
export async function untilLogged(container: string, text = ''): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { stdout, stderr } = await run('docker', ['logs', container])
    if (`${stdout}${stderr}`.includes(text) && `${stdout}${stderr}` !== '') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`container ${container} did not log '${text}'`)
}
