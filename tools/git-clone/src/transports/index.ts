import type { Plan } from '../clone/plan.ts'
import { headersFor } from '../remote/credentials.ts'
import type { Connection, Take } from './connection.ts'
import type { Patience } from './patience.ts'

/** Opens what carries the talk with a repository; each kind is loaded when it is used. */
export async function openConnection(plan: Plan, patience: Patience): Promise<Connection> {
  const connection = await open(plan, patience.signal)
  // Whatever comes shows that the server is alive.
  const heard =
    (take: Take): Take =>
    (bytes) => {
      patience.heard(bytes.length)
      return take(bytes)
    }
  return {
    greet: (take) => connection.greet(heard(take)),
    exchange: (request, take) => connection.exchange(request, heard(take)),
    close: () => connection.close(),
  }
}

async function open({ remote, tls, proxy, credentials, ssh }: Plan, signal: AbortSignal): Promise<Connection> {
  switch (remote.kind) {
    case 'http': {
      const { openHttp } = await import('./http.ts')
      return openHttp({ url: remote.url, headers: await headersFor(credentials, signal), tls, proxy, signal })
    }
    case 'ssh': {
      const [{ openSsh }, { sshSettings }] = await Promise.all([import('./ssh.ts'), import('../ssh/settings.ts')])
      return openSsh({ remote, ...sshSettings(ssh), signal })
    }
    case 'file': {
      const { openLocal } = await import('./local.ts')
      return openLocal({ path: remote.path, signal })
    }
  }
}
