import { option, timeOptions } from '@initbox/core'
import { httpOptions } from '@initbox/net'
import { parseInput } from './inputs/read-input.ts'
import { severities } from './verdict/severity.ts'

export const options = {
  in: option.list(
    option.of(
      '[kind:]file',
      parseInput,
    )({
      positional: 'FILE',
      help: 'What the application is made of: an SBOM, a lock file, or the data base of dpkg or apk',
    }),
  ),
  config: option.config({ help: 'YAML file with inputs and exceptions, or the YAML itself' }),
  osv: option.url({
    protocols: ['https', 'http'],
    default: 'https://api.osv.dev',
    help: "Service that speaks osv.dev's API",
  }),
  osvDir: option.path({ help: 'Folder of OSV records, JSON or all.zip, to match with in place of the service' }),
  cache: option.outputPath({ help: 'Folder that keeps what the service sent, for the next run' }),
  severity: option.enum(severities, { default: 'high', help: 'Least severity that is refused' }),
  unrated: option.enum(['refuse', 'ignore'], {
    default: 'refuse',
    help: 'What becomes of a vulnerability that nobody has rated',
  }),
  fixedOnly: option.boolean({ help: 'Refuse only what a newer version has mended' }),
  vex: option.list(option.path({ help: 'OpenVEX document with statements of what does no harm' })),
  maxAge: option.duration({ help: 'Refuse to decide by records of --osv-dir of which the newest is older than this' }),
  onUnavailable: option.enum(['fail', 'warn'], {
    default: 'fail',
    help: 'Whether the application may start unchecked when the service does not answer, or the records are too old',
  }),
  jsonOut: option.outputPath({ help: 'File for all findings as JSON' }),
  sarifOut: option.outputPath({ help: 'File for all findings as SARIF 2.1.0' }),
  ...timeOptions,
  ...httpOptions,
}
