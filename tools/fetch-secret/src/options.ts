import { option, timeOptions } from '@initbox/core'
import { httpOptions } from '@initbox/net'
import { probeCommand, sidecarOptions } from '@initbox/sidecar'

export const authMethods = ['kubernetes', 'jwt', 'approle', 'token', 'userpass', 'cert', 'aws'] as const

export const options = {
  secrets: option.list(
    option.string({
      positional: 'OUT=SOURCE',
      help: 'File or folder/ to write, and where its secret is: `api-key=vault://secret/api#key`',
      commands: { plan: 'Before it: show what would be done; nothing is written', ...probeCommand },
    }),
  ),
  config: option.string({ help: 'YAML file with more of them; a value of several lines is the YAML itself' }),
  mode: option.mode({ default: '0440', help: 'Permissions of the files' }),
  folderMode: option.mode({ default: '0750', help: 'Permissions of folders that are made' }),
  publish: option.enum(['files', 'symlink'], {
    help: 'Rename file by file, or all at once behind a symlink as the kubelet does; the default is files, and symlink with --watch',
  }),
  requireTmpfs: option.boolean({ help: 'Refuse to write to a volume that is not in memory' }),
  keepLeases: option.outputPath({
    help: 'File that gets the ids of the leases and the token that they hang on, which then are not revoked',
  }),
  maxSize: option.bytes({ default: '4Mi', help: 'Most bytes of all secrets; all is held in memory' }),
  concurrency: option.integer({ default: '8', min: 1, max: 64, help: 'Requests at the same time' }),
  splay: option.duration({ default: '0s', help: 'Wait a random time up to this before the first request' }),
  ...timeOptions,
  ...sidecarOptions(9101),

  vaultAddr: option.url({
    protocols: ['http', 'https'],
    fallback: ['VAULT_ADDR', 'BAO_ADDR'],
    help: 'Where Vault or OpenBao is',
  }),
  vaultNamespace: option.string({ fallback: ['VAULT_NAMESPACE', 'BAO_NAMESPACE'], help: 'Namespace in it' }),
  vaultAuth: option.enum(authMethods, {
    help: 'How to log in; otherwise what is given below decides, kubernetes with just a role',
  }),
  vaultMount: option.string({ help: 'Where the login method is mounted, if not at its own name' }),
  vaultRole: option.string({ help: 'Role to log in with: kubernetes, jwt, cert, aws' }),
  vaultJwtFile: option.path({
    default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    help: 'Token of the service account for kubernetes and jwt, read on each try',
  }),
  vaultToken: option.secret({ fallback: ['VAULT_TOKEN', 'BAO_TOKEN'], help: 'Token to use instead of a login' }),
  vaultTokenFile: option.path({ help: 'File with such a token, read on each try' }),
  vaultRoleId: option.string({ help: 'Role id of AppRole' }),
  vaultSecretId: option.secret({ help: 'Secret id of AppRole' }),
  vaultUnwrap: option.boolean({ help: 'What is given as the token or the secret id is wrapped: unwrap it first' }),
  vaultAwsRegion: option.string({
    help: 'Region of the STS that the server asks (its sts_region); without, the global one, as it is for the server',
  }),
  vaultAwsServerId: option.string({
    help: 'What the server wants to be called by an AWS login (iam_server_id_header_value)',
  }),
  vaultUsername: option.string({ help: 'User of userpass' }),
  vaultPassword: option.secret({ help: 'Password of userpass' }),

  ...httpOptions,
  tlsCa: { ...httpOptions.tlsCa, fallback: ['VAULT_CACERT', 'BAO_CACERT'] },
  tlsCert: { ...httpOptions.tlsCert, fallback: ['VAULT_CLIENT_CERT', 'BAO_CLIENT_CERT'] },
  tlsKey: { ...httpOptions.tlsKey, fallback: ['VAULT_CLIENT_KEY', 'BAO_CLIENT_KEY'] },
  tlsServerName: { ...httpOptions.tlsServerName, fallback: ['VAULT_TLS_SERVER_NAME', 'BAO_TLS_SERVER_NAME'] },

  awsBatch: option.boolean({
    help: 'Ask Secrets Manager for up to 20 secrets at once; the role needs secretsmanager:BatchGetSecretValue',
  }),
  awsRegion: option.string({ fallback: ['AWS_REGION', 'AWS_DEFAULT_REGION'], help: 'Region of AWS' }),
}
