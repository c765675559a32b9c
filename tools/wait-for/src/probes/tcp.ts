import { connect } from '@initbox/net'
import { defineProbe } from './probe.ts'

export const probe = defineProbe({
  ready: 'accepts a connection',
  example: 'tcp://db:5432',
  address: { hosts: 'one', port: 'required' },
  parameters: {},
  prepare: (target) => ({
    async attempt(signal) {
      const socket = await connect(target, { signal })
      socket.destroy()
      return undefined
    },
  }),
})
