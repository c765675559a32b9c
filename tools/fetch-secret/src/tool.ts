import { defineTool } from '@initbox/core'
import { commandOf } from './command.ts'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'fetch-secret',
  summary: 'fetches secrets from Vault, OpenBao and AWS into files, all or none of them',
  examples: [
    [
      "one key of Vault or OpenBao, by the Pod's service account",
      'VAULT_ADDR=https://vault:8200 fetch-secret password=vault://secret/api#password --vault-role web',
    ],
    [
      'a whole secret as an env file, and one of AWS',
      "VAULT_ADDR=https://vault:8200 fetch-secret db.env=vault://secret/db 'key=aws-sm://prod/api?region=eu-west-1#key' --vault-role web",
    ],
    [
      'stay, renew and tell the application',
      'VAULT_ADDR=https://vault:8200 fetch-secret db.env=vault-read://database/creds/app --vault-role web --watch 5m --on-change http://127.0.0.1:9000/reload',
    ],
  ],
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
