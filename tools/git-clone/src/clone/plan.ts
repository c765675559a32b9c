import {
  builtin,
  type Context,
  formatOutputPath,
  type OutputPath,
  parseOutputPath,
  readText,
  UsageError,
  type Values,
} from '@initbox/core'
import { proxyRule, type ProxyRule, tlsSettings, type TlsSettings } from '@initbox/net'
import { type Modes, modesFrom } from '../checkout/modes.ts'
import { everything, folderOnly, type Selection } from '../checkout/selection.ts'
import { sparse } from '../checkout/sparse.ts'
import type { options } from '../options.ts'
import type { Ref } from '../protocol/ref.ts'
import { isWanted, parseRef, refPrefixes, type WantedRef } from '../protocol/resolve-ref.ts'
import { Place } from '../publish/place.ts'
import { type Credentials, credentialsFrom, loginHeaders, netrcHeaders } from '../remote/credentials.ts'
import type { SshOptions } from '../ssh/settings.ts'
import { folderName, formatRemote, type Remote } from '../remote/remote.ts'
import type { AllowedSigner } from '../signature/allowed-signers.ts'
import type { Rewrite } from '../submodules/submodule-url.ts'

/** What is to be done, checked and ready. */
export type Plan = {
  readonly remote: Remote
  /** The remote as it is called in messages. */
  readonly name: string
  readonly ref: WantedRef
  readonly expectSha: string | undefined
  readonly to: OutputPath
  readonly place: Place
  readonly publish: 'folder' | 'symlink'
  readonly commitOut: OutputPath | undefined
  readonly selection: Selection
  readonly modes: Modes
  readonly mtime: 'now' | 'commit'
  readonly verify: boolean
  readonly strict: boolean
  /** Commits of the repository that is kept; undefined when it is files alone. */
  readonly history: number | 'all' | undefined
  /** What the names of the refs begin with that are asked for, and which of those that come are kept. */
  readonly prefixes: readonly string[]
  readonly isWanted: (ref: Ref) => boolean
  readonly allowEscapingSymlinks: boolean
  readonly maxSize: number
  readonly maxFiles: number
  readonly limits: { readonly silence: number; readonly minRate: number }
  readonly credentials: Credentials
  readonly ssh: SshOptions
  readonly tls: TlsSettings
  readonly proxy: ProxyRule
  /** Who may have signed the commit; undefined when nobody asks. */
  readonly signers: readonly AllowedSigner[] | undefined
  readonly submodules: boolean
  readonly lfs: boolean
  readonly rewrites: readonly Rewrite[]
}

/** The options, for one repository. */
export type Request = Omit<Values<typeof options>, 'repo'> & { readonly repo: Remote }

export async function planOf(values: Request, context: Context): Promise<Plan> {
  const { repo, subpath, mode, mtime, existing, verify, strict, allowEscapingSymlinks, maxSize, maxFiles } = values
  const { submodules, submoduleRewrite: rewrites, lfs } = values
  const modes = modesFrom(mode)
  const to = values.out ?? parseOutputPath(folderName(repo))
  const name = formatRemote(repo)
  if (
    values.commitOut !== undefined &&
    to.path !== '.' &&
    formatOutputPath(values.commitOut).startsWith(`${formatOutputPath(to)}/`)
  )
    throw new UsageError(`--commit-out is in ${formatOutputPath(to)}, which is replaced as a whole`, {
      hint: `write it beside that folder: ${formatOutputPath(to)}.commit`,
    })
  const publish = values.publish ?? (values.watch !== undefined && to.path !== '.' ? 'symlink' : 'folder')
  const history = values.history ?? (values.keepGit ? 1 : undefined)
  const ref = values.ref ?? parseRef('HEAD')
  const tls = tlsSettings(values, context.environment)
  const proxy = proxyRule(values.proxy, context.environment, context.redactor)
  const signersText = values.verifySignature && readText(values.verifySignature, signersFile)
  const more = [
    // What is kept has the name of the branch in it.
    history === undefined ? '' : `${history} ${ref.name}`,
    submodules,
    lfs,
    signersText === undefined ? '' : builtin('node:crypto').hash('sha256', signersText),
    ...values.sparse,
  ]
  const key = [1, name, subpath ?? '', mode, mtime, publish, allowEscapingSymlinks, ...more].join('\n')
  return {
    remote: repo,
    name,
    ref,
    expectSha: values.expectSha,
    to,
    place: new Place({ to, publish, existing, folderMode: modes.folder, key, signal: context.signal }),
    publish,
    commitOut: values.commitOut,
    selection: selectionOf(values),
    modes,
    mtime,
    verify,
    strict,
    history,
    prefixes: [...refPrefixes(ref), ...(history === undefined ? [] : ['refs/tags/'])],
    isWanted: (each) => isWanted(ref, each) || (history !== undefined && each.name.startsWith('refs/tags/')),
    allowEscapingSymlinks,
    maxSize,
    maxFiles,
    limits: { silence: values.attemptTimeout, minRate: values.minRate },
    credentials: await credentialsFrom(values, { tls, proxy, redactor: context.redactor }),
    ssh: values,
    tls,
    proxy,
    signers: await signersFrom(signersText),
    submodules,
    lfs,
    rewrites,
  }
}

function selectionOf({ subpath, sparse: lines }: Pick<Request, 'subpath' | 'sparse'>): Selection {
  const folder = subpath === undefined || subpath === '.' ? everything : folderOnly(subpath)
  return lines.length === 0 ? folder : sparse(lines, folder.top)
}

const signersFile = { limit: 1 << 20, option: '--verify-signature' }

/** Loaded when it is used. */
async function signersFrom(text: string | undefined): Promise<readonly AllowedSigner[] | undefined> {
  if (text === undefined) return undefined
  const { parseAllowedSigners } = await import('../signature/allowed-signers.ts')
  return parseAllowedSigners(text)
}

/** The plan for a repository that this one names. Another host gets no login but its own, of its URL or the netrc file. */
export function towards(plan: Plan, remote: Remote): Plan {
  const isSameHost =
    remote.kind === 'http' && plan.remote.kind === 'http' && remote.url.origin === plan.remote.url.origin
  return {
    ...plan,
    remote,
    name: formatRemote(remote),
    selection: everything,
    history: undefined,
    // The commit of a submodule is part of the tree that was signed.
    signers: undefined,
    credentials: credentialsTowards(plan.credentials, remote, isSameHost),
    tls: isSameHost ? plan.tls : { ca: plan.tls.ca },
  }
}

function credentialsTowards(credentials: Credentials, remote: Remote, isSameHost: boolean): Credentials {
  const own = remote.kind === 'http' ? remote.login : undefined
  if (own === undefined && isSameHost) return credentials
  const { netrc } = credentials
  const headers = own !== undefined ? loginHeaders(own) : remote.kind === 'http' ? netrcHeaders(netrc, remote.url) : []
  return { headers, netrc, app: undefined }
}
