import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '@initbox/engine/cache-folder'

const execute = promisify(execFile)

/** A program that waits as we do. */
export type Peer = {
  readonly label: string
  /** Its command line for a kind of target, or undefined where it does not know the kind. */
  readonly argv: (kind: Kind, place: Place) => readonly [string, ...string[]] | undefined
}

export const kinds = ['tcp', 'http', 'postgres', 'file'] as const
export type Kind = (typeof kinds)[number]
export type Place = { readonly port: number; readonly file: string }

const waitOnVersion = '9.5.1'

/** wait-on, from the npm registry into a folder outside the checkout. */
export async function waitOn(): Promise<Peer> {
  const folder = cacheFolder('bench', `wait-on-${waitOnVersion}`)
  const program = join(folder, 'node_modules/wait-on/bin/wait-on')
  if (!existsSync(program)) {
    writeFileSync(join(folder, 'package.json'), '{"private": true}')
    await execute('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `wait-on@${waitOnVersion}`], {
      cwd: folder,
    })
  }
  return {
    label: `wait-on ${waitOnVersion}`,
    argv: (kind, { port, file }) => {
      const targets = {
        tcp: `tcp:127.0.0.1:${port}`,
        http: `http-get://127.0.0.1:${port}/`,
        file: `file:${file}`,
        postgres: undefined,
      }
      return targets[kind] === undefined ? undefined : [process.execPath, program, targets[kind]]
    },
  }
}

/**
 * Programs of Go whose modules the proxy does not serve here: their installed binaries when they are on the PATH,
 * otherwise undefined, and the report says what their documented defaults give.
 */
export async function goPeers(): Promise<Peer[]> {
  const peers: Peer[] = []
  if (await isInstalled('wait4x')) {
    peers.push({
      label: 'wait4x',
      argv: (kind, { port }) =>
        ({
          tcp: ['wait4x', 'tcp', `127.0.0.1:${port}`, '--timeout', '60s'] as const,
          http: ['wait4x', 'http', `http://127.0.0.1:${port}/`, '--timeout', '60s'] as const,
          postgres: [
            'wait4x',
            'postgresql',
            `postgres://u@127.0.0.1:${port}/app?sslmode=disable`,
            '--timeout',
            '60s',
          ] as const,
          file: undefined,
        })[kind],
    })
  }
  if (await isInstalled('dockerize')) {
    peers.push({
      label: 'dockerize',
      argv: (kind, { port, file }) => {
        const target = {
          tcp: `tcp://127.0.0.1:${port}`,
          http: `http://127.0.0.1:${port}/`,
          file: `file://${file}`,
          postgres: undefined,
        }[kind]
        return target === undefined ? undefined : ['dockerize', '-timeout', '60s', '-wait', target]
      },
    })
  }
  return peers
}

function isInstalled(program: string): Promise<boolean> {
  return execute('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )
}
