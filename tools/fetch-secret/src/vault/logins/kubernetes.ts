import { needed, readToken } from '../settings.ts'
import { type Login, loginCall } from './login.ts'

/** With the token of the Pod's service account, which the server shows to its cluster's TokenReview. */
export const kubernetes: Login = (parts) => {
  const { client, given, context, mount } = parts
  const role = needed(given.vaultRole, '--vault-role', 'kubernetes')
  const jwt = readToken(given.vaultJwtFile, '--vault-jwt-file')
  context.redactor.add(jwt)
  return client.kubernetesLogin({ mount_point: mount, role, jwt, requestOptions: loginCall(parts, 'kubernetes') })
}
