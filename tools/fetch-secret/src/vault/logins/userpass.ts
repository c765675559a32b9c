import { needed } from '../settings.ts'
import { type Login, loginCall } from './login.ts'

/** With a user name and a password. */
export const userpass: Login = (parts) => {
  const { client, given, mount } = parts
  return client.userpassLogin({
    mount_point: mount,
    username: needed(given.vaultUsername, '--vault-username', 'userpass'),
    password: needed(given.vaultPassword, '$FETCH_SECRET_VAULT_PASSWORD', 'userpass').reveal(),
    requestOptions: loginCall(parts, 'userpass'),
  })
}
