import { docker } from './cli.ts'

/** What is known of the engine before anything is run on it. */
export type EngineFacts = {
  readonly version: string
  /** As Docker calls it: `amd64`, `arm64`. */
  readonly arch: string
  readonly name: string
  readonly cpus: number
  readonly memory: number
}

const format =
  '{"version":{{json .ServerVersion}},"arch":{{json .Architecture}},"name":{{json .Name}},"cpus":{{.NCPU}},"memory":{{.MemTotal}}}'

/** Asks the engine, for at most ten seconds; undefined when there is none that runs Linux containers. */
export async function engineFacts(): Promise<EngineFacts | undefined> {
  try {
    const facts: EngineFacts = JSON.parse((await docker(['info', '--format', format], { timeout: 10_000 })).toString())
    const arch = { x86_64: 'amd64', aarch64: 'arm64' }[facts.arch] ?? facts.arch
    return facts.version === '' ? undefined : { ...facts, arch }
  } catch {
    return undefined
  }
}
