import type { Ship } from '@initbox/build'

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
  aliases: {
    debug: 'tools/fetch-secret/src/vault/no-log.cjs',
    '@aws-sdk/credential-provider-node': 'tools/fetch-secret/src/aws/stand-ins/credential-chain.ts',
    '@smithy/node-http-handler': 'tools/fetch-secret/src/aws/stand-ins/http-handler.ts',
    '@aws-sdk/xml-builder': 'tools/fetch-secret/src/aws/stand-ins/xml.ts',
    bowser: 'tools/fetch-secret/src/aws/stand-ins/browser-name.ts',
  },
  // A dynamic import throws inside of the script that the code cache is for.
  esbuild: { supported: { 'dynamic-import': false }, mainFields: ['module', 'main'] },
  layerBudget: 600_000,
  warmUps: [{ label: '--version', argv: ['--version'] }],
}
