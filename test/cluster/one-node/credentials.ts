import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addresses } from './node-processes.ts'

/** Who asks the API server: its name there, and the group that RBAC knows. */
const users = {
  admin: ['admin', 'system:masters'],
  kubelet: ['system:node:node', 'system:nodes'],
  'controller-manager': ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  proxy: ['system:kube-proxy', ''],
} as const

/** Writes `account.key` and `account.pub`, `tokens.csv`, and `<user>.conf` for each user: the files that the parts of a cluster are given. */
export function writeCredentials(folder: string): void {
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 })
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  write('account.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  write('account.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString())
  const rows = Object.entries(users).map(([part, [name, group]]) => {
    const token = randomBytes(16).toString('hex')
    write(`${part}.conf`, kubeconfig(token))
    return `${token},${name},${part},"${group}"\n`
  })
  write('tokens.csv', rows.join(''))
}

function kubeconfig(token: string): string {
  const server = `https://${addresses.node}:6443`
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'it',
    clusters: [{ name: 'it', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'it', user: { token } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
  })
}
