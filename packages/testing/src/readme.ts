import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'

/**
 * The `sh` blocks of a folder's README.md, as somebody would paste them in that folder, but for names that a test must have of its own:
 * each key of `replacements` gives way to its value. A key that is not there is an Error, for the test would run something else.
 */
export function readmeBlocks(folder: string, replacements: Readonly<Record<string, string>> = {}): readonly string[] {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const all = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  for (const name of Object.keys(replacements)) {
    if (!all.some((block) => block.includes(name))) throw new Error(`no sh block of ${folder}/README.md has '${name}'`)
  }
  return all.map(
    (block) =>
      `cd '${folder}'\n${Object.entries(replacements).reduce((given, [name, value]) => given.replaceAll(name, value), block)}`,
  )
}

/** Lends an empty volume of Docker, and a function that reads a file of it. */
export async function withDockerVolume(
  use: (name: string, read: (path: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const name = `initbox-test-${process.pid}-${randomUUID().slice(0, 8)}`
  await mustRun('docker', ['volume', 'create', name])
  const reader = ['run', '--rm', '--network', 'none', '-v', `${name}:/init:ro`, '--entrypoint', 'node']
  const script = 'process.stdout.write(require("node:fs").readFileSync(process.argv[1]))'
  const read = async (path: string): Promise<string> =>
    (await run('docker', [...reader, 'initbox/wait-for:dev', '-e', script, path])).stdout
  try {
    await use(name, read)
  } finally {
    await mustRun('docker', ['volume', 'rm', name])
  }
}
