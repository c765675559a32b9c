import { jsonSchema } from '@initbox/config'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type Ship, type StandIn, standIn } from '@initbox/build'
import { makeCertificate } from '@initbox/testing/certificate'

/** Answers as Vault does: a login by AppRole, a mount of KV 2, a secret, and the end of the token. */
const vault: RequestListener = (request, response) => {
  const auth = { client_token: 's.token', accessor: 'a', lease_duration: 3600, renewable: true }
  const answers: Readonly<Record<string, object>> = {
    login: { auth },
    api: { data: { type: 'kv', path: 'secret/', options: { version: '2' } } },
    'api-v2': { data: { data: { key: 'value' }, metadata: { version: 1 } } },
  }
  const path = request.url ?? ''
  const name = path === '/v1/secret/data/api' ? 'api-v2' : (path.split('/').at(-1) ?? '')
  response.setHeader('content-type', 'application/json')
  request.resume().on('end', () => {
    const answer = answers[name]
    if (answer === undefined) response.writeHead(204).end()
    else response.end(JSON.stringify(answer))
  })
}

const certificate = makeCertificate()
certificate.remove()

/** Answers as Secrets Manager and SSM do. */
const amazon = (): Promise<StandIn> =>
  standIn(
    createServer((request, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      request.resume().on('end', () =>
        response.end(
          JSON.stringify({
            Name: 'prod/db',
            VersionId: '01234567-89ab-cdef-0123-456789abcdef',
            SecretString: '{"key":"value"}',
            Parameter: { Name: '/prod/key', Value: 'value', Version: 1 },
          }),
        ),
      )
    }),
  )

const asVault = {
  VAULT_ADDR: 'http://127.0.0.1:{port}',
  FETCH_SECRET_VAULT_ROLE_ID: 'role',
  FETCH_SECRET_VAULT_SECRET_ID: 'secret',
}

const asAws = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:{port}',
}

export const ship: Ship = {
  summary: {
    en: 'fetches secrets from Vault, OpenBao and AWS into files, all or none of them',
    zh: '从 Vault、OpenBao 与 AWS 取得机密并写成文件，要么全部写入，要么一个不写',
  },
  packages: [
    'node-vault',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-ssm',
    '@aws-sdk/core',
    '@smithy/core',
    '@smithy/signature-v4',
    '@aws/lambda-invoke-store',
    '@smithy/types',
    'js-yaml',
  ],
  // node-vault gets a transport, a log, a validator and a template language of ours (src/vault/client.ts).
  unused: ['axios', 'tv4', 'mustache', 'https'],
  replaced: { 'node-vault/src/commands.js': 'packages/build/src/empty-module.cjs' },
  aliases: {
    debug: 'tools/fetch-secret/src/vault/no-log.cjs',
    // Both clients share what they are made of, and of each only these two commands are used.
    '@aws-sdk/client-secrets-manager': 'tools/fetch-secret/src/aws/aws-sdk.part.mjs',
    '@aws-sdk/client-ssm': 'tools/fetch-secret/src/aws/aws-sdk.part.mjs',
    '@aws-sdk/credential-provider-node': 'tools/fetch-secret/src/aws/stand-ins/credential-chain.ts',
    '@smithy/node-http-handler': 'tools/fetch-secret/src/aws/stand-ins/http-handler.ts',
    '@aws-sdk/xml-builder': 'tools/fetch-secret/src/aws/stand-ins/xml.ts',
    bowser: 'tools/fetch-secret/src/aws/stand-ins/browser-name.ts',
  },
  // A dynamic import throws inside of the script that the code cache is for.
  esbuild: { supported: { 'dynamic-import': false }, mainFields: ['module', 'main'] },
  configSchema: async () => jsonSchema((await import('./src/entries/config.ts')).configShape, 'fetch-secret --config'),
  layerBudget: 615_000,
  warmUps: [
    {
      label: 'vault://',
      argv: ['api-key=vault://secret/api#key'],
      env: asVault,
      goal: 2.1,
      server: () => standIn(createServer(vault)),
    },
    {
      label: 'vault:// over https',
      argv: ['api-key=vault://secret/api#key', '--tls-ca=ca.pem'],
      env: { ...asVault, VAULT_ADDR: 'https://127.0.0.1:{port}' },
      files: { 'ca.pem': certificate.cert },
      goal: 2.9,
      server: () => standIn(createSecureServer(certificate, vault)),
    },
    { label: 'aws-sm://', argv: ['key=aws-sm://prod/db#key'], env: asAws, goal: 3.4, server: amazon },
    { label: 'aws-ssm://', argv: ['key=aws-ssm:///prod/key'], env: asAws, goal: 3.4, server: amazon },
  ],
}
