import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { Architecture } from './base/contents.ts'

const run = promisify(execFile)

/** The architecture of the Docker engine that answers here; undefined when none does. */
export async function engineArchitecture(): Promise<Architecture | undefined> {
  const answer = await run('docker', ['version', '--format', '{{.Server.Arch}}']).catch(() => undefined)
  const architecture = answer?.stdout.trim()
  return architecture === 'amd64' || architecture === 'arm64' ? architecture : undefined
}

/** The id of the image that the engine has under a name, if any. An engine on containerd's store says its manifest's digest instead. */
export async function loadedId(name: string): Promise<string | undefined> {
  const answer = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', name]).catch(() => undefined)
  return answer?.stdout.trim()
}

/** Removes an image that has lost its name to a newer one; one that a container still uses stays. */
export async function discard(id: string): Promise<void> {
  await run('docker', ['image', 'rm', id]).catch(() => {})
}

/** Feeds an archive to `docker load`; throws with the engine's words when it is refused. */
export async function load(archive: Buffer): Promise<void> {
  const child = spawn('docker', ['load', '--quiet'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text))
  child.stdin.on('error', () => {}) // an engine that refuses closes its end; its exit code tells
  child.stdin.end(archive)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`docker load failed: ${words.trim()}`)
}
