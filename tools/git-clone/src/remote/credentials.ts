import { Secret, UsageError } from '@initbox/core'
import { basic, type Header } from '@initbox/net'
import type { GithubApp, GithubAppSettings } from './github-app.ts'
import { loginFor, type Netrc, parseNetrc } from './netrc.ts'
import type { Login, Remote } from './remote.ts'

/** What a server gets to see of us. */
export type Credentials = {
  readonly headers: readonly Header[]
  /** Logins of other hosts. */
  readonly netrc: Netrc
  /** Whose token is asked for when it is needed. */
  readonly app: GithubApp | undefined
}

/** The headers for a repository over HTTP. */
export async function headersFor({ headers, app }: Credentials, signal: AbortSignal): Promise<readonly Header[]> {
  return app === undefined ? headers : [...headers, await app.login(signal)]
}

export type CredentialOptions = {
  readonly repo: Remote
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly token: Secret | undefined
  readonly bearerToken: Secret | undefined
  readonly headers: Secret | undefined
  readonly netrc: Secret | undefined
  readonly githubAppId: string | undefined
  readonly githubAppInstallationId: string | undefined
  readonly githubAppKey: Secret | undefined
  readonly githubApiUrl: URL | undefined
}

/** What logs in over HTTP. Throws UsageError for two logins at once. */
export async function credentialsFrom(
  given: CredentialOptions,
  means: Pick<GithubAppSettings, 'tls' | 'proxy' | 'redactor'>,
): Promise<Credentials> {
  const { repo, username, password } = given
  const [token, bearerToken] = [bare(given.token), bare(given.bearerToken)]
  const { redactor } = means
  for (const secret of [token, bearerToken]) redactor.add(secret?.reveal() ?? '')
  const login = repo.kind === 'http' ? repo.login : undefined
  if (login !== undefined)
    for (const secret of [login.password, login.password === '' ? login.user : '']) redactor.add(secret)
  const app = await githubAppOf(given, means)
  const netrc = given.netrc === undefined ? new Map<string, Login>() : parseNetrc(given.netrc.reveal())
  for (const each of netrc.values()) redactor.add(each.password)
  const logins = [password, token, bearerToken, login, app].filter((each) => each !== undefined)
  if (logins.length > 1) {
    throw new UsageError(
      'more than one login is given: a password, a token, a bearer token, a GitHub App or one in the URL',
      {
        hint: 'unset all but one of GIT_CLONE_PASSWORD, GIT_CLONE_TOKEN, GIT_CLONE_BEARER_TOKEN and --github-app-id',
      },
    )
  }
  const headers: Header[] = [...extraHeaders(given.headers)]
  if (bearerToken !== undefined) headers.push(['authorization', `Bearer ${bearerToken.reveal()}`])
  const secret = (password ?? token)?.reveal() ?? login?.password
  if (secret !== undefined) {
    const header = basic(username ?? login?.user ?? 'x-access-token', secret)
    redactor.add(header.slice('Basic '.length))
    headers.push(['authorization', header])
  }
  // A login that is given for this repository counts before one for its host.
  if (logins.length === 0 && repo.kind === 'http') headers.push(...netrcHeaders(netrc, repo.url))
  return { headers, netrc, app }
}

/** A token has no blanks or line ends around it; whoever made the file has them. */
function bare(token: Secret | undefined): Secret | undefined {
  return token && new Secret(token.reveal().trim())
}

/** Throws UsageError when something of it is missing. */
async function githubAppOf(
  { repo, githubAppId: app, githubAppInstallationId, githubAppKey: key, githubApiUrl: api }: CredentialOptions,
  means: Pick<GithubAppSettings, 'tls' | 'proxy' | 'redactor'>,
): Promise<GithubApp | undefined> {
  if (app === undefined && key === undefined) return undefined
  if (app === undefined || key === undefined)
    throw new UsageError('a GitHub App logs in with both --github-app-id and $GIT_CLONE_GITHUB_APP_KEY_FILE')
  if (repo.kind !== 'http') throw new UsageError('a GitHub App logs in over https only')
  const { GithubApp: App } = await import('./github-app.ts')
  return new App({ app, installation: githubAppInstallationId, key, repository: repo.url, api, ...means })
}

/** The login that a netrc file has for a host. */
export function netrcHeaders(netrc: Netrc, url: URL): readonly Header[] {
  const login = netrc.size === 0 ? undefined : loginFor(netrc, url.hostname)
  return login === undefined ? [] : loginHeaders(login)
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
