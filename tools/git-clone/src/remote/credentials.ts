import { type Context, type Secret, UsageError } from '@initbox/core'
import { basic, type Header } from '@initbox/net'
import type { Login, Remote } from './remote.ts'

/** What a server gets to see of us. */
export type Credentials = { readonly headers: readonly Header[] }

export type CredentialOptions = {
  readonly repo: Remote
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly token: Secret | undefined
  readonly bearerToken: Secret | undefined
  readonly headers: Secret | undefined
}

/** The headers that log in over HTTP. Throws UsageError for two logins at once. */
export function credentialsFrom(given: CredentialOptions, { redactor }: Context): Credentials {
  const { repo, username, password, token, bearerToken } = given
  const login = repo.kind === 'http' ? repo.login : undefined
  if (login !== undefined)
    for (const secret of [login.password, login.password === '' ? login.user : '']) redactor.add(secret)
  const logins = [password, token, bearerToken, login].filter((each) => each !== undefined)
  if (logins.length > 1) {
    throw new UsageError('more than one login is given: a password, a token, a bearer token or one in the URL', {
      hint: 'unset all but one of GIT_CLONE_PASSWORD, GIT_CLONE_TOKEN and GIT_CLONE_BEARER_TOKEN',
    })
  }
  const headers: Header[] = [...extraHeaders(given.headers)]
  if (bearerToken !== undefined) headers.push(['authorization', `Bearer ${bearerToken.reveal()}`])
  const secret = (password ?? token)?.reveal() ?? login?.password
  if (secret !== undefined) {
    const header = basic(username ?? login?.user ?? 'x-access-token', secret)
    redactor.add(header.slice('Basic '.length))
    headers.push(['authorization', header])
  }
  return { headers }
}

/** The login that a URL carries. */
export function loginHeaders({ user, password }: Login): readonly Header[] {
  return [['authorization', basic(user, password)]]
}

function extraHeaders(text: Secret | undefined): Header[] {
  const lines = (text?.reveal() ?? '').split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === '') throw new UsageError('GIT_CLONE_HEADERS must have one "Name: value" on each line')
    return [name.toLowerCase(), value]
  })
}
