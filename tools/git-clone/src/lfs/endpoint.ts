import { RefusedError } from '@initbox/core'
import type { Header } from '@initbox/net'
import { type Plan, towards } from '../clone/plan.ts'
import { headersFor } from '../remote/credentials.ts'
import { parseRemote, type Remote } from '../remote/remote.ts'
import { parseGitConfig } from '../submodules/git-config.ts'
import { headerList, isRecord, webUrl } from './answers.ts'

/** Where objects are asked for, and what logs in there. */
export type Endpoint = { readonly url: URL; readonly headers: readonly Header[]; readonly plan: Plan }

/**
 * The LFS server of a repository (git-lfs, docs/api/server-discovery.md): what `.lfsconfig` says, what the ssh server
 * answers to `git-lfs-authenticate`, or `NAME.git/info/lfs`. Another host than the repository's gets no login of ours.
 */
export async function lfsEndpoint(plan: Plan, config: Buffer | undefined, signal: AbortSignal): Promise<Endpoint> {
  const given = config === undefined ? undefined : configured(config)
  if (given !== undefined) {
    const there = towards(plan, given)
    return { url: given.url, headers: await headersFor(there.credentials, signal), plan: there }
  }
  if (plan.remote.kind === 'ssh') return authenticated(plan, plan.remote, signal)
  if (plan.remote.kind !== 'http') throw new RefusedError('files of LFS come only over https, http and ssh')
  const url = new URL(plan.remote.url)
  url.pathname += url.pathname.endsWith('.git') ? '/info/lfs' : '.git/info/lfs'
  return { url, headers: await headersFor(plan.credentials, signal), plan }
}

/** `lfs.url` of `.lfsconfig`, which whoever can write to the repository chooses. */
function configured(config: Buffer): Extract<Remote, { kind: 'http' }> | undefined {
  const entries = parseGitConfig(config.toString('utf8'), '.lfsconfig')
  const url = entries.findLast(
    ({ section, subsection, name }) => section === 'lfs' && subsection === '' && name === 'url',
  )
  if (url === undefined) return undefined
  try {
    const remote = parseRemote(url.value)
    if (remote.kind === 'http') return remote
    throw new Error('is not of https or http')
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    throw new RefusedError(`lfs.url in .lfsconfig of the repository ${why}`, { cause: error })
  }
}

async function authenticated(
  plan: Plan,
  remote: Extract<Remote, { kind: 'ssh' }>,
  signal: AbortSignal,
): Promise<Endpoint> {
  const [{ runOverSsh }, { sshSettings }] = await Promise.all([
    import('../transports/ssh.ts'),
    import('../ssh/settings.ts'),
  ])
  const said = await runOverSsh({ remote, ...sshSettings(plan.ssh), signal }, 'git-lfs-authenticate', 'download')
  const answer = ((): unknown => {
    try {
      return JSON.parse(said)
    } catch (cause) {
      throw new RefusedError(`${remote.host} answers git-lfs-authenticate with something else than JSON`, { cause })
    }
  })()
  if (!isRecord(answer)) throw new RefusedError(`${remote.host} answers git-lfs-authenticate with no object`)
  const url = webUrl(answer['href'], `git-lfs-authenticate of ${remote.host}`)
  // The certificate of the client is for the host that was named, and that one is reached by ssh.
  return { url, headers: headerList(answer['header']), plan: { ...plan, tls: { ca: plan.tls.ca } } }
}
