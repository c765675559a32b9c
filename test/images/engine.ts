import { afterAll } from 'vitest'
import { mustRun, run, type CommandResult } from '../setup/command.ts'

/** The strictest settings that a cluster may ask for, and a UID without passwd entry. */
export const restricted =
  '--read-only --user 12345:0 --cap-drop ALL --security-opt no-new-privileges --memory 64m'.split(' ')

/** Names and removes what a test file makes in the engine, and nothing else. */
export function ownThings(): { container(): string; volume(): string; image(): string; network(): Promise<string> } {
  const made: (readonly string[])[] = []
  const name = (kind: string) => `initbox-test-${kind}-${process.pid}-${made.length}`
  const own = (removal: readonly string[], thing: string) => {
    made.push([...removal, thing])
    return thing
  }
  afterAll(async () => {
    // The youngest first: a network cannot go before its containers.
    for (const removal of made.toReversed()) await run('docker', removal)
  })
  return {
    container: () => own(['rm', '--force', '--volumes'], name('container')),
    volume: () => own(['volume', 'rm', '--force'], name('volume')),
    image: () => own(['rmi', '--force'], name('image')),
    network: async () => {
      const network = own(['network', 'rm'], name('network'))
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

/** Runs a script under the base image's own Node, restricted, and returns what it printed. */
export function inBase(script: string, flags: readonly string[] = []): Promise<string> {
  return mustRun('docker', [
    'run',
    '--rm',
    ...restricted,
    ...flags,
    'initbox/base:dev',
    '/nodejs/bin/node',
    '-e',
    script,
  ])
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
