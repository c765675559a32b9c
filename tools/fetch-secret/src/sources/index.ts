import type { Scheme } from '../entries/address.ts'
import type { Source } from './source.ts'

/** Every kind of source, loaded when one is asked for: who reads from Vault never loads AWS. */
export const sources: Readonly<Record<Scheme, () => Promise<Source>>> = {
  vault: async () => (await import('./vault.ts')).vault,
  'vault-read': async () => (await import('./vault-read.ts')).vaultRead,
  'vault-write': async () => (await import('./vault-write.ts')).vaultWrite,
  'aws-sm': async () => (await import('./aws-sm.ts')).awsSm,
  'aws-ssm': async () => (await import('./aws-ssm.ts')).awsSsm,
  file: async () => (await import('./file.ts')).file,
}
