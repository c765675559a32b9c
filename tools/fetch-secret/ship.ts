import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'fetches secrets from Vault, OpenBao and AWS into files, all or none of them',
    zh: '从 Vault、OpenBao 与 AWS 取得机密并写成文件，要么全部写入，要么一个不写',
  },
  packages: ['node-vault'],
  // node-vault gets a transport, a log, a validator and a template language of ours (src/vault/client.ts).
  unused: ['axios', 'tv4', 'mustache', 'https'],
  aliases: { debug: 'tools/fetch-secret/src/vault/no-log.cjs' },
  // A dynamic import throws inside of the script that the code cache is for.
  esbuild: { supported: { 'dynamic-import': false } },
  layerBudget: 600_000,
  warmUps: [{ label: '--version', argv: ['--version'] }],
}
