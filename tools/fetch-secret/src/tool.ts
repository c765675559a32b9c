import { defineTool } from '@initbox/core'
import { commandOf } from './command.ts'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'fetch-secret',
  summary: 'fetches secrets from Vault, OpenBao and AWS into files, all or none of them',
  options,
  check: ({ secrets, config, tlsCert, tlsKey, keepLeases, watch }) => {
    const problems: string[] = []
    const command = commandOf(secrets)
    if (command.name !== 'probe' && command.secrets.length === 0 && config === undefined)
      problems.push('OUT=SOURCE (FETCH_SECRET_SECRETS) is missing')
    if (keepLeases !== undefined && watch !== undefined) problems.push('--keep-leases and --watch exclude each other')
    if ((tlsCert === undefined) !== (tlsKey === undefined)) problems.push('--tls-cert and --tls-key need each other')
    return problems
  },
  run,
})
