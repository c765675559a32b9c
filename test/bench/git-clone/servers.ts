import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gitServer, startService } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'

/** How a repository is reached by one protocol: what git and our tool are told. */
export type Route = {
  readonly protocol: 'http' | 'https' | 'ssh'
  readonly git: {
    readonly url: (name: string) => string
    readonly flags: readonly string[]
    readonly env: Readonly<Record<string, string>>
  }
  readonly ours: {
    readonly url: (name: string) => string
    readonly flags: readonly string[]
    readonly env: Readonly<Record<string, string>>
  }
}

const tls = `
server {
  listen 8443 ssl;
  ssl_certificate /etc/nginx/servers/cert.pem;
  ssl_certificate_key /etc/nginx/servers/key.pem;
  location / { include /etc/nginx/git-backend.conf; }
}`

/** git's own http-backend behind nginx, with and without TLS, and sshd, which serve the bare repositories of a folder. */
export async function startServers(folder: string): Promise<AsyncDisposable & { readonly routes: readonly Route[] }> {
  const own = join(folder, 'server')
  mkdirSync(own)
  const certificate = makeCertificate()
  for (const [name, content] of Object.entries({
    'tls.conf': tls,
    'cert.pem': certificate.cert,
    'key.pem': certificate.key,
  }))
    writeFileSync(join(own, name), content)
  const key = join(folder, 'key')
  execFileSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', key])
  const server = await startService(gitServer, {
    environment: { AUTHORIZED_KEY: readFileSync(`${key}.pub`, 'utf8').trim() },
    flags: ['--volume', `${folder}:/srv/git:ro`, '--volume', `${own}:/etc/nginx/servers:ro`],
  })
  // Past the proxy of published ports, which would copy every byte once more.
  const host = server.address
  const hosts = join(folder, 'known_hosts')
  writeFileSync(
    hosts,
    (await server.exec('sh', '-c', 'ssh-keyscan -p 2222 localhost 2> /dev/null')).replaceAll('localhost', host),
  )
  const ssh = [
    'ssh',
    '-i',
    key,
    '-o',
    `UserKnownHostsFile=${hosts}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    'BatchMode=yes',
  ]
  const home = { HOME: folder, GIT_CONFIG_NOSYSTEM: '1' }
  const http = (name: string): string => `http://${host}:8080/${name}.git`
  const shell = (name: string): string => `ssh://git@${host}:2222/srv/git/${name}.git`
  const routes: Route[] = [
    { protocol: 'http', git: { url: http, flags: [], env: home }, ours: { url: http, flags: [], env: {} } },
    {
      protocol: 'https',
      git: {
        url: (name) => `https://localhost:8443/${name}.git`,
        flags: ['-c', `http.sslCAInfo=${certificate.file}`, '-c', `http.curloptResolve=localhost:8443:${host}`],
        env: home,
      },
      ours: {
        url: (name) => `https://${host}:8443/${name}.git`,
        flags: ['--tls-ca', certificate.file, '--tls-server-name', 'localhost'],
        env: {},
      },
    },
    {
      protocol: 'ssh',
      git: { url: shell, flags: [], env: { ...home, GIT_SSH_COMMAND: ssh.join(' ') } },
      ours: { url: shell, flags: ['--known-hosts', hosts], env: { GIT_CLONE_SSH_KEY_FILE: key } },
    },
  ]
  return {
    routes,
    [Symbol.asyncDispose]: async () => {
      certificate.remove()
      await server.stop()
    },
  }
}
