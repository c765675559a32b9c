/** What we use of ssh2; its own types bring those of another Node. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
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
}
