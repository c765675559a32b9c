import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type CommandResult, mustRun, run } from '@initbox/engine/command'
import { composeCommand } from '@initbox/engine/compose-command'
import { runnableImage } from '@initbox/engine/service-images'

/** One subcommand of the compose program, for the project that is up. */
export type Compose = (...words: string[]) => Promise<CommandResult>

/**
 * Brings a compose file up as it stands (but for images that this machine has under another name), lends it to `use`, and
 * takes it down with its volumes. `environment` is what the file asks of its user, such as a port; `network` is an existing one
 * to join, for Docker keeps networks apart and a test's own server is in another.
 */
export async function withCompose(
  file: string,
  environment: Readonly<Record<string, string>>,
  use: (compose: Compose) => Promise<void>,
  network?: string,
): Promise<void> {
  const [program, ...words] = await composeCommand()
  const folder = dirname(file)
  // Read from standard input, it has no folder of its own.
  const text = (await withRunnableImages(readFileSync(file, 'utf8'))).replaceAll(/(?<=- |\[")\.\//g, `${folder}/`)
  const joined = network === undefined ? '' : `\nnetworks: {default: {name: ${network}, external: true}}\n`
  const options = { env: { ...process.env, ...environment }, input: text + joined, timeout: 110_000 }
  const name = `initbox-test-${basename(folder)}-${process.pid}`
  const project = ['--project-name', name, '--file', '-']
  const compose: Compose = (...given) => run(program, [...words, ...project, ...given], options)
  try {
    const { code, stderr } = await compose('up', '--detach')
    if (code !== 0) throw new Error(`${file} does not start:\n${stderr}`)
    await use(compose)
    const unfinished = await unfinishedTools(name)
    if (unfinished.length > 0) throw new Error(`${file}: neither ended well nor healthy: ${unfinished.join(', ')}`)
  } finally {
    await compose('down', '--volumes')
  }
}

/** The tools of a project that have neither ended with 0 nor are healthy: nothing would tell their user that they are done. */
async function unfinishedTools(project: string): Promise<readonly string[]> {
  const ids = await mustRun('docker', [
    'ps',
    '--all',
    '--quiet',
    '--filter',
    `label=com.docker.compose.project=${project}`,
  ])
  const form =
    '{{.Config.Image}} {{.State.Status}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{.Name}}'
  const lines = (await mustRun('docker', ['inspect', '--format', form, ...ids.split('\n')])).split('\n')
  return lines.filter((line) => line.startsWith('initbox/') && !/ exited 0 | healthy /.test(line))
}

async function withRunnableImages(text: string): Promise<string> {
  const names = new Set([...text.matchAll(/^\s+image: (?!initbox\/)(\S+)$/gm)].map(([, name = '']) => name))
  for (const name of names) text = text.replaceAll(`image: ${name}`, `image: ${await runnableImage(name)}`)
  return text
}
