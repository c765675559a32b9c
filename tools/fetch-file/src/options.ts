import { option, timeOptions } from '@initbox/core'
import { httpOptions } from '@initbox/net'
import { probeCommand, sidecarOptions } from '@initbox/sidecar'
import { fileKeys } from './files/keys.ts'

export const options = {
  files: option.list(
    option.string({
      positional: 'OUT=URL',
      help: 'What to fetch, as model.bin=https://host/path#sha256=…',
      commands: probeCommand,
    }),
  ),
  config: option.config({ help: 'YAML file with more files; a value of several lines is the YAML itself' }),
  ...fileKeys,
  publish: option.enum(['folder', 'symlink'], {
    help: 'A folder is a real one, or a symlink that one rename switches; folder unless given, symlink with --watch',
  }),
  maxSize: option.bytes({ default: '1Ti', help: 'Most bytes of one file, and of what one archive becomes' }),
  maxEntries: option.integer({ default: '1000000', min: 1, help: 'Most entries of one archive' }),
  concurrency: option.integer({ default: '8', min: 1, max: 64, help: 'How many files are fetched at once' }),
  connections: option.integer({
    default: '1',
    min: 1,
    max: 64,
    help: 'Ranges of one large file at once, where a server is slow for each connection',
  }),
  minRate: option.bytes({ default: '1k', help: 'A transfer with fewer bytes per second counts as stuck' }),
  token: option.secret({ help: 'Bearer token for the files, which must then be of one origin' }),
  headers: option.secret({ help: 'More headers for the files, one `Name: value` per line, under the same condition' }),
  s3Endpoint: option.url({
    protocols: ['https', 'http'],
    fallback: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
    help: 'Another server than AWS for s3://, addressed by path',
  }),
  s3Anonymous: option.boolean({ help: 'Do not sign requests for s3://: public buckets' }),
  awsRegion: option.string({
    fallback: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    help: 'Region of s3://; us-east-1 unless given',
  }),
  dockerConfig: option.path({
    fallback: ['DOCKER_CONFIG'],
    help: "Docker's config.json, or its folder, with the logins for oci://",
  }),
  ociPlainHttp: option.boolean({ help: 'Registries of oci:// without TLS; those on this machine always are' }),
  ...httpOptions,
  ...timeOptions,
  ...sidecarOptions(9103),
  attemptTimeout: option.attemptLimit({ default: '30s', help: 'Longest time without an answer, or without any bytes' }),
}
