import type { AuthMethod } from '../settings.ts'
import type { Login } from './login.ts'

/** Loaded when used; a token needs no login (see `token.ts`). */
export const logins: Readonly<Record<Exclude<AuthMethod, 'token'>, () => Promise<Login>>> = {
  kubernetes: async () => (await import('./kubernetes.ts')).kubernetes,
  jwt: async () => (await import('./jwt.ts')).jwt,
  approle: async () => (await import('./approle.ts')).approle,
  userpass: async () => (await import('./userpass.ts')).userpass,
  cert: async () => (await import('./cert.ts')).cert,
  aws: async () => (await import('./aws.ts')).aws,
}
