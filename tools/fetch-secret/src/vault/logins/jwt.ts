import { readToken } from '../settings.ts'
import { type Login, loginCall } from './login.ts'
import { encodePath } from '../path-template.ts'

/** With a signed token that the server can check itself: no TokenReview, so it may be in another cluster. */
export const jwt: Login = (parts) => {
  const { client, given, context, mount } = parts
  const token = readToken(given.vaultJwtFile, '--vault-jwt-file')
  context.redactor.add(token)
  // Without a role the server takes the default role of the mount.
  const body = { jwt: token, ...(given.vaultRole === undefined ? {} : { role: given.vaultRole }) }
  return client.write(`auth/${encodePath(mount)}/login`, body, loginCall(parts, 'jwt'))
}
