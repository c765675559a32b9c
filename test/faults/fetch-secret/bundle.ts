import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '@initbox/build'

const bundle = join(root, 'tools/fetch-secret/dist/fetch-secret.cjs')

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly said: string }

/** Runs the bundle; `started` is given the process, to look at it or to end it. */
export function runBundle(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  started: (pid: number, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundle, ...words], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (said += piece))
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, said }))
    if (child.pid !== undefined) started(child.pid, (signal) => void child.kill(signal))
  })
}

/** As a login by AppRole at this address. */
export const asApp = (address: string): Record<string, string> => ({
  VAULT_ADDR: address,
  FETCH_SECRET_VAULT_ROLE_ID: 'role',
  FETCH_SECRET_VAULT_SECRET_ID: 'CANARY-secret-id-5c21',
})
