import type { Sessions } from '../sources/source.ts'
import { VaultSession } from './session.ts'

/** The run's login at Vault, made when it is first needed and again when its token has ended. */
export async function openVault({ given, context, open }: Sessions, signal: AbortSignal): Promise<VaultSession> {
  const session = await open('vault', async () => new VaultSession(given, context))
  await session.token.login(signal)
  return session
}
