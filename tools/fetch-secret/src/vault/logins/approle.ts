import { UsageError } from '@initbox/core'
import { isObject, property, textOf } from '../../secret/json.ts'
import { currentSecret, needed } from '../settings.ts'
import { type Login, loginCall, type LoginParts } from './login.ts'

/** With a role id and a secret id, which may be response-wrapped: then it is good for one run. */
export const approle: Login = async (parts) => {
  const { client, given, context, mount } = parts
  const roleId = needed(given.vaultRoleId, '--vault-role-id', 'approle')
  const secretId = currentSecret(given.vaultSecretId, ['FETCH_SECRET_VAULT_SECRET_ID'], context.environment)
  return client.approleLogin({
    mount_point: mount,
    role_id: roleId,
    // A role may be made without (bind_secret_id=false).
    secret_id: secretId === undefined ? '' : given.vaultUnwrap ? await unwrapped(secretId, parts) : secretId,
    requestOptions: loginCall(parts, 'approle'),
  })
}

async function unwrapped(wrapping: string, { client, context, signal }: LoginParts): Promise<string> {
  client.token = wrapping
  try {
    const body = await client.unwrap({ requestOptions: { what: 'unwrap the secret id', signal, isLogin: true } })
    const data = isObject(body) ? property(body, 'data') : undefined
    const secretId = isObject(data) ? textOf(property(data, 'secret_id')) : undefined
    if (secretId === undefined) throw new UsageError('what $FETCH_SECRET_VAULT_SECRET_ID wraps is no secret id')
    context.redactor.add(secretId)
    return secretId
  } finally {
    client.token = ''
  }
}
