/** What we use of ssh2; its own types bring those of another Node. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Server as NetServer } from 'node:net'
  import type { Duplex, Readable } from 'node:stream'

  export type Channel = Duplex & { readonly stderr: Readable }
  export type ConnectConfig = {
    readonly sock: Duplex
    readonly username: string
    readonly privateKey: string
    readonly readyTimeout: number
    readonly algorithms?: { readonly serverHostKey: readonly string[] }
    readonly hostVerifier: (key: Buffer) => boolean
  }
  export class Client extends EventEmitter {
    connect(config: ConnectConfig): this
    exec(
      command: string,
      options: { env: Record<string, string> },
      done: (error: Error | undefined, channel: Channel) => void,
    ): boolean
    end(): this
    destroy(): this
  }

  /** For the tests. */
  namespace ssh2 {
    type Session = { on(name: 'exec', use: (accept: () => Channel) => void): unknown }
    type Connection = {
      on(name: 'error', use: (error: Error) => void): unknown
      on(name: 'authentication', use: (login: { readonly accept: () => void }) => void): unknown
      on(name: 'session', use: (accept: () => Session) => void): unknown
    }
    class Server extends NetServer {
      constructor(config: { readonly hostKeys: readonly string[] }, use: (client: Connection) => void)
    }
    const utils: { generateKeyPairSync(type: 'ed25519'): { readonly private: string; readonly public: string } }
  }
  export default ssh2
}
