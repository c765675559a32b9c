import { connect } from '@initbox/net'
import { defineProbe } from './probe.ts'

export const probe = defineProbe({
  ready: 'the socket file accepts a connection',
  example: 'unix:///run/app.sock',
  address: { hosts: 'none', port: 'none' },
  parameters: {},
  prepare({ path }) {
    if (path === '' || path.includes('\0')) throw new Error('names no socket file')
    // sun_path of sockaddr_un(7) takes 107 bytes and a NUL; longer ones are cut silently by some layers.
    if (Buffer.byteLength(path) > 107) throw new Error('names a socket file by more than 107 bytes')
    return {
      async attempt(signal) {
        const socket = await connect({ path }, { signal })
        socket.destroy()
        return undefined
      },
    }
  },
})
