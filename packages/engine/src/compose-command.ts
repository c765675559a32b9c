import { installPackages, whyNoApt } from './apt.ts'
import { run } from './command.ts'

/** The two programs that understand a compose file: Docker's plugin (v2), and Debian 12's docker-compose (1.29). */
const candidates: readonly (readonly [string, ...string[]])[] = [['docker', 'compose'], ['docker-compose']]

export type ComposeCommand = (typeof candidates)[number]

/** The first compose program that answers; `answers` tells whether a command line ends well. */
export async function findCompose(
  answers: (command: ComposeCommand) => Promise<boolean>,
): Promise<ComposeCommand | undefined> {
  for (const command of candidates) if (await answers(command)) return command
  return undefined
}

async function isInstalled([program, ...args]: ComposeCommand): Promise<boolean> {
  return (await run(program, [...args, 'version'])).code === 0
}

let found: ComposeCommand | undefined

/** The compose command line of this machine, its package installed first where that is possible; otherwise an Error says what is missing. */
export async function composeCommand(): Promise<ComposeCommand> {
  found ??= await findCompose(isInstalled)
  if (found !== undefined) return found
  const why = await whyNoApt()
  if (why !== undefined)
    throw new Error(
      `docker compose is missing and cannot be installed: ${why} (hint: install the docker compose plugin)`,
    )
  await installPackages('docker-compose')
  found = await findCompose(isInstalled)
  if (found === undefined) throw new Error('docker-compose was installed but does not run')
  return found
}
