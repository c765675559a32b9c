import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DockerEngine } from './docker/docker-engine.ts'
import { engineFacts } from './docker/engine-facts.ts'
import type { Engine } from './kubelet/sandbox.ts'
import { ProcessEngine } from './process/process-engine.ts'
import type { RunOptions } from './run-options.ts'

const repository = resolve(fileURLToPath(import.meta.url), '../../../..')

/** Docker where it answers or is asked for, processes otherwise. Throws a plain Error when Docker is asked for and not there. */
export async function chooseEngine(run: string, options: RunOptions): Promise<Engine> {
  const { mode = 'auto', images = {}, onNote = () => undefined } = options
  const facts = mode === 'process' ? undefined : await engineFacts()
  if (facts !== undefined) {
    return new DockerEngine(facts, {
      run,
      onNote,
      standIn: options.standIn ?? (async () => undefined),
      network: options.network,
      ipv6: options.ipv6 ?? false,
      images: new Map(Object.entries(images)),
      hosts: Object.entries(options.hosts ?? {}).map(([name, address]) => `${name}:${address}`),
    })
  }
  if (mode === 'docker') throw new Error('no Docker engine answers (hint: start one, or use --mode process)')
  if (options.network !== undefined || options.ipv6 === true)
    throw new Error('a network can only be chosen with Docker')
  return new ProcessEngine({ root: repository, images: new Map(Object.entries(images)) }, onNote)
}
