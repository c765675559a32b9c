import { readConfig, shape, type ValueOf } from '@initbox/config'
import {
  type Context,
  parseOutputPath,
  parseRelativePath,
  readSecret,
  Secret,
  UsageError,
  type Values,
} from '@initbox/core'
import { type options, parseFingerprint, parseHistory, parseSha, parseSparse } from '../options.ts'
import { problemsOf } from '../problems.ts'
import { parseRef } from '../protocol/resolve-ref.ts'
import { parseRemote, type Remote } from '../remote/remote.ts'
import type { Request } from './plan.ts'

const file = shape.optional(shape.text)

const long = shape.map({
  repo: shape.of('URL', parseRemote),
  ref: shape.optional(shape.of('ref', parseRef)),
  expectSha: shape.optional(shape.of('commit id', parseSha)),
  out: shape.optional(shape.of('path', parseOutputPath)),
  subpath: shape.optional(shape.of('path', parseRelativePath)),
  sparse: shape.optional(shape.list(shape.of('folder or pattern', parseSparse))),
  history: shape.optional(shape.of('number or all', parseHistory)),
  keepGit: shape.optional(shape.boolean),
  submodules: shape.optional(shape.boolean),
  lfs: shape.optional(shape.boolean),
  commitOut: shape.optional(shape.of('path', parseOutputPath)),
  username: shape.optional(shape.text),
  passwordFile: file,
  tokenFile: file,
  bearerTokenFile: file,
  headersFile: file,
  sshKeyFile: file,
  knownHosts: file,
  hostFingerprint: shape.optional(shape.list(shape.of('fingerprint', parseFingerprint))),
})
type Entry = ValueOf<typeof long>

/** What `--config` looks like. */
export const configShape = shape.map({
  repositories: shape.list(
    shape.shorthand<Partial<Entry> & { readonly repo: Remote }>((text) => ({ repo: parseRemote(text) }), long),
  ),
})

const logins = ['password', 'token', 'bearerToken', 'headers', 'githubAppKey'] as const
const noApp = { githubAppId: undefined, githubAppKey: undefined }

/**
 * The repositories of a configuration. What an entry does not say is as the options say; but their login is for one host
 * only. Throws UsageError with what is wrong.
 */
export function readRequests(
  config: string,
  values: Values<typeof options>,
  { redactor }: Context,
): readonly Request[] {
  const { repositories } = readConfig(config, configShape, { option: '--config (GIT_CLONE_CONFIG)' })
  if (repositories.length === 0) throw new UsageError('--config names no repository')
  const requests = repositories.map((entry): Request => {
    const { passwordFile, tokenFile, bearerTokenFile, headersFile, sshKeyFile, ...plain } = entry
    const secret = (path: string | undefined): Secret | undefined => {
      if (path === undefined) return undefined
      const text = readSecret(path)
      redactor.add(text)
      return new Secret(text)
    }
    const own = {
      password: secret(passwordFile),
      token: secret(tokenFile),
      bearerToken: secret(bearerTokenFile),
      headers: secret(headersFile),
    }
    const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
    const sshKey = secret(sshKeyFile)
    return {
      ...values,
      ...given,
      repo: entry.repo,
      ...(hasLogin(entry) && own),
      ...((hasLogin(entry) || entry.repo.kind !== 'http') && noApp),
      ...(sshKey !== undefined && { sshKey }),
    }
  })
  refuseSharedLogin(repositories, values)
  const problems = requests.flatMap((each, index) =>
    problemsOf(each).map((problem) => `repositories[${index}]: ${problem}`),
  )
  if (problems.length > 0) throw new UsageError(problems.join('; '))
  return requests
}

function hasLogin({ repo, passwordFile, tokenFile, bearerTokenFile, headersFile }: Partial<Entry>): boolean {
  return (
    [passwordFile, tokenFile, bearerTokenFile, headersFile].some((each) => each !== undefined) ||
    (repo?.kind === 'http' && repo.login !== undefined)
  )
}

/** The login of the options must not go to a host that it is not for. */
function refuseSharedLogin(entries: readonly Partial<Entry>[], values: Values<typeof options>): void {
  if (logins.every((name) => values[name] === undefined)) return
  const hosts = entries.flatMap((entry) =>
    entry.repo?.kind === 'http' && !hasLogin(entry) ? [entry.repo.url.origin] : [],
  )
  if (new Set(hosts).size <= 1) return
  throw new UsageError('a login is given, and repositories of several hosts would get it', {
    hint: 'give each repository its own in --config: tokenFile, or username and passwordFile; or all of them a netrc file',
  })
}
