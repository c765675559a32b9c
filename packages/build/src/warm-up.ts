import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A server on loopback that answers as the real one would, for as long as a run needs it. */
export type StandIn = { readonly port: number; readonly close: () => unknown }

/** A smallest whole run of a tool; it must end with 0. `{port}` in its words, variables and files is the stand-in's. */
export type WarmUp = {
  /** What the start-up bench calls it, after the name of the tool. */
  readonly label: string
  readonly argv: readonly string[]
  /** All of its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** What lies in the working directory before it starts. */
  readonly files?: Readonly<Record<string, string>>
  /** It finds what an equal run before it has left. */
  readonly rerun?: boolean
  /** For the bench: at most so many times the CPU of an empty file. */
  readonly goal?: number
  /** Starts the server that it talks to. */
  readonly server?: () => Promise<StandIn>
}

/** A warm-up that can start: its server listens, its working directory is there. */
export type ReadyRun = AsyncDisposable & {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Puts the working directory back to where the run begins. */
  readonly reset: () => void
}

/** Makes a warm-up ready; its server ends and its folder goes with `await using`. */
export async function prepareWarmUp({ argv, env = {}, files = {}, server }: WarmUp): Promise<ReadyRun> {
  const running = await server?.()
  const cwd = mkdtempSync(join(tmpdir(), 'initbox-warm-up-'))
  const filled = (text: string): string => text.replaceAll('{port}', String(running?.port))
  const reset = (): void => {
    for (const name of readdirSync(cwd)) rmSync(join(cwd, name), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true })
      writeFileSync(join(cwd, name), filled(text))
    }
  }
  reset()
  return {
    argv: argv.map(filled),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
    cwd,
    reset,
    [Symbol.asyncDispose]: async () => {
      await running?.close()
      rmSync(cwd, { recursive: true })
    },
  }
}

/** A server of `node:net`, `node:http` and their kind as a stand-in, on a free port. */
export async function standIn(server: Server): Promise<StandIn> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a stand-in listens on TCP')
  return { port: address.port, close: () => server.close() }
}
