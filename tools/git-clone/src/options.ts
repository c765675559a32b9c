import { option, parseRelativePath, timeOptions } from '@initbox/core'
import { httpOptions } from '@initbox/net'
import { probeCommand, sidecarOptions } from '@initbox/sidecar'
import { parseRef } from './protocol/resolve-ref.ts'
import { sparse } from './checkout/sparse.ts'
import { parseWord } from './command.ts'
import { parseRewrite } from './submodules/submodule-url.ts'

export const options = {
  repo: option.list(
    option.of(
      'url',
      parseWord,
    )({
      positional: 'REPO',
      help: 'Repository: https://host/name.git, ssh://git@host/name.git, git@host:name.git, or a path of a repository or bundle',
      commands: probeCommand,
    }),
  ),
  config: option.config({
    help: 'YAML file with several repositories, each with its ref, out, subpath and login; all of them are published or none',
  }),
  ref: option.of(
    'ref',
    parseRef,
  )({
    alsoCalled: ['branch', 'tag', 'commit', 'rev', 'revision', 'sha'],
    help: "Branch, tag, commit id, or a full name such as refs/pull/1/head; the remote's default branch unless given",
  }),
  expectSha: option.of(
    'sha',
    parseSha,
  )({ help: 'Refuse any other commit than this one, wherever the ref leads by then' }),
  verifySignature: option.path({
    help: 'File of allowed signers, as for ssh-keygen -Y verify; the commit, or the tag that --ref names, must be signed by one',
  }),
  out: option.outputPath({
    alsoCalled: ['dest', 'destination', 'root', 'link', 'path', 'dir', 'directory', 'target'],
    help: "Folder to publish; the repository's name unless given, . is the volume itself",
  }),
  subpath: option.of(
    'path',
    parseRelativePath,
  )({ alsoCalled: ['subdirectory', 'subdir', 'folder'], help: 'Publish only this folder of the repository' }),
  sparse: option.list(
    option.of(
      'folder|pattern',
      parseSparse,
    )({
      help: 'Publish only these, as git sparse-checkout set does: folders, with the files beside them on the way, or patterns like those of .gitignore',
    }),
  ),
  keepGit: option.boolean({
    help: 'Keep a repository that git can work with: .git in the folder, without any login',
  }),
  history: option.of(
    'count|all',
    parseHistory,
  )({
    alsoCalled: ['depth', 'fetch-depth'],
    help: 'Commits that this repository has, back from the one that is cloned; 1 unless given, and means --keep-git',
  }),
  publish: option.enum(['folder', 'symlink'], {
    help: 'A real folder, or a symlink to a versioned one beside it, which is switched by one rename; a folder unless given, and a symlink with --watch',
  }),
  existing: option.enum(['refuse', 'overwrite'], {
    default: 'refuse',
    help: 'What to do with content of the folder that no earlier run has written',
  }),
  verify: option.boolean({
    help: 'Compare the content of every file when the commit is there already, not only size and time',
  }),
  mode: option.mode({
    default: '0644',
    help: 'Permissions of files; executables and folders get the x bits that go with it',
  }),
  mtime: option.enum(['now', 'commit'], {
    default: 'now',
    help: "Modification time of files: of writing, or the commit's",
  }),
  commitOut: option.outputPath({ help: 'File to write the commit to: its id, or JSON when the name ends in .json' }),
  allowEscapingSymlinks: option.boolean({
    help: 'Write symlinks that lead out of the folder instead of refusing them',
  }),
  submodules: option.boolean({
    alsoCalled: ['recurse-submodules', 'recursive'],
    help: 'Fetch the submodules too, and theirs',
  }),
  submoduleRewrite: option.list(
    option.of(
      'from=to',
      parseRewrite,
    )({
      help: 'What the URL of a submodule begins with, and what to take instead: git@github.com:=https://github.com/',
    }),
  ),
  lfs: option.boolean({ help: 'Fetch the files that the repository keeps in LFS, instead of their pointers' }),
  strict: option.boolean({
    help: 'Refuse a repository with submodules or LFS files, which are otherwise reported and left out',
  }),
  maxSize: option.bytes({ default: '10Gi', help: 'Most bytes of all files' }),
  maxFiles: option.integer({ default: '500000', min: 1, help: 'Most files and folders' }),
  username: option.string({ help: 'User name for the password or token; git hosts take any for a token' }),
  password: option.secret({ help: 'Password for HTTP' }),
  token: option.secret({ help: "Token of a git host, sent as the password: GitHub's, GitLab's, Gitea's and the like" }),
  bearerToken: option.secret({ help: 'Token that the host wants as Authorization: Bearer' }),
  headers: option.secret({ help: 'More headers for HTTP, one "Name: value" on each line' }),
  netrc: option.secret({ help: 'A netrc file: logins by host, for the repository and what it names on other hosts' }),
  githubAppId: option.string({ help: 'Number or client id of a GitHub App to log in as, by its private key' }),
  githubAppInstallationId: option.string({
    help: "Number of the App's installation; looked up by the repository when it is not given",
  }),
  githubAppKey: option.secret({ help: 'Private key of the GitHub App, the .pem file' }),
  githubApiUrl: option.url({
    protocols: ['https', 'http'],
    help: "API of GitHub; that of the repository's host unless given: https://HOST/api/v3 for GitHub Enterprise Server",
  }),
  sshKey: option.secret({ help: 'Private key for ssh, of any file mode, without passphrase' }),
  knownHosts: option.path({ help: 'File with the keys of ssh servers, as ssh-keyscan prints them' }),
  hostFingerprint: option.list(
    option.of(
      'fingerprint',
      parseFingerprint,
    )({ help: "SHA256:… of the ssh server's key, instead of --known-hosts; several are possible" }),
    { separator: ',' },
  ),
  ...httpOptions,
  ...timeOptions,
  ...sidecarOptions(9102),
  attemptTimeout: option.attemptLimit({ default: '1m', help: 'Longest silence of the server' }),
  minRate: option.bytes({
    default: '1Ki',
    help: 'Bytes a second; a transfer that stays below for a minute is tried again',
  }),
}

export function parseSparse(text: string): string {
  sparse([text], '')
  return text
}

export function parseHistory(text: string): number | 'all' {
  if (text === 'all') return text
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Error(`must be a number of commits or all, not '${text}'`)
}

export function parseSha(text: string): string {
  if (/^[\da-f]{40}$/i.test(text)) return text.toLowerCase()
  throw new Error(`must be the 40 digits of a commit id, not '${text}'`)
}

export function parseFingerprint(text: string): string {
  if (/^SHA256:[A-Za-z\d+/]{43}=?$/.test(text)) return text.replace(/=$/, '')
  throw new Error(`must be SHA256: and 43 characters, as ssh-keygen -l prints it, not '${text}'`)
}
