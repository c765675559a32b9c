/**
 * What we call by name, as node-vault has it in a table of a hundred (its `commands` option): the method, the path with the
 * arguments that belong in it, and those that go into the body.
 */
export const commands = {
  kubernetesLogin: command('POST', '/auth/{{mount_point}}/login', 'role', 'jwt'),
  approleLogin: command('POST', '/auth/{{mount_point}}/login', 'role_id', 'secret_id'),
  userpassLogin: command('POST', '/auth/{{mount_point}}/login/{{username}}', 'password'),
  tokenLookupSelf: command('GET', '/auth/token/lookup-self'),
  tokenRenewSelf: command('POST', '/auth/token/renew-self'),
  tokenRevokeSelf: command('POST', '/auth/token/revoke-self'),
  renew: command('PUT', '/sys/leases/renew', 'lease_id'),
  revoke: command('PUT', '/sys/leases/revoke', 'lease_id'),
  unwrap: command('POST', '/sys/wrapping/unwrap'),
}

function command(method: 'GET' | 'POST' | 'PUT', path: string, ...body: readonly string[]) {
  const properties = Object.fromEntries(body.map((name) => [name, {}]))
  return { method, path, schema: body.length === 0 ? {} : { req: { properties } } }
}
