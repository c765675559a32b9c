import { needed } from '../settings.ts'
import { encodePath } from '../path-template.ts'
import { type Login, loginCall } from './login.ts'

/** With the certificate that the TLS connection shows. */
export const cert: Login = (parts) => {
  const { client, given, mount } = parts
  needed(given.tlsCert, '--tls-cert', 'cert')
  const body = given.vaultRole === undefined ? {} : { name: given.vaultRole }
  return client.write(`auth/${encodePath(mount)}/login`, body, loginCall(parts, 'cert'))
}
