import { run } from '@initbox/engine/command'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Aws, startAws } from '../services/fetch-secret/aws.ts'
import { startVault, type Vault } from '../services/fetch-secret/vault.ts'

let vault: Vault
let aws: Aws
beforeAll(async () => {
  ;[vault, aws] = await Promise.all([startVault(), startAws()])
})
afterAll(async () => {
  await Promise.all([vault[Symbol.asyncDispose](), aws[Symbol.asyncDispose]()])
})

const count = 100
const names = Array.from({ length: count }, (_, at) => `s${at}`)
const megabyte = 'x'.repeat(900_000)

/** Runs the image as the restricted profile would, in a container of 64 MiB whose volume is in that memory too. */
async function fetchSecrets(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const limits = ['--memory', '64m', '--memory-swap', '64m', '--read-only', '--user', '12345:0', '--cap-drop', 'ALL']
  const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const volume = ['--tmpfs', '/init:uid=12345,mode=0700,size=16m']
  return run('docker', ['run', '--rm', ...limits, ...volume, ...variables, 'initbox/fetch-secret:dev', ...words], {
    timeout: 120_000,
  })
}

test(`a container of 64 MiB is enough for ${count} secrets of Vault, and for one of 0.9 MB`, async () => {
  for (const name of names) await vault.api('POST', `secret/data/${name}`, { data: { key: name } })
  await vault.api('POST', 'secret/data/big', { data: { key: megabyte } })
  const words = ['big', ...names].map((name) => `${name}=vault://secret/${name}#key`)
  const { code, stderr } = await fetchSecrets(words, {
    ...(await vault.approle()),
    VAULT_ADDR: inside(vault.server, 8_200),
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`fetched ${count + 1} secrets`) })
})

test('and for 20 of Secrets Manager and as many of SSM', async () => {
  for (const name of names.slice(0, 20)) {
    await aws.call('secretsmanager.CreateSecret', { Name: name, SecretString: name })
    await aws.call('ssm.PutParameter', { Name: `/all/${name}`, Value: name, Type: 'SecureString' })
  }
  const words = [...names.slice(0, 20).map((name) => `${name}=aws-sm://${name}`), 'all/=aws-ssm:///all/', '--aws-batch']
  const { code, stderr } = await fetchSecrets(words, {
    ...aws.environment,
    AWS_ENDPOINT_URL: inside(aws.server, 5_000),
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('fetched 21 secrets') })
})

/** The URL as another container reaches the server: at its own address instead of a published port. */
function inside({ address }: { readonly address: string }, port: number): string {
  return `http://${address.includes(':') ? address : `${address}:${port}`}`
}
