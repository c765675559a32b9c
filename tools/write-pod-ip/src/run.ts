import {
  type Context,
  Deadline,
  decodeText,
  formatOutputPath,
  NotFoundError,
  NotReadyError,
  publishFiles,
  readInputFile,
  retry,
  type Values,
} from '@initbox/core'
import { formats } from './formats/index.ts'
import { type Facts, factsOf } from './facts/facts.ts'
import { readMetadataFile } from './facts/metadata-file.ts'
import { addressesInEnvironment, podAddresses } from './facts/pod-addresses.ts'
import type { options } from './options.ts'
import { defaultFormat } from './output.ts'

type Settings = Values<typeof options>

const addressFileLimit = 64 << 10
const templateLimit = 1 << 20

/** Finds the addresses, gathers the other facts, and writes all files or none. */
export async function run(settings: Settings, context: Context): Promise<string> {
  const { environment } = context
  const { out, allowLocal, labels, annotations, hostName, mode } = settings
  const addresses = await findAddresses(settings, context)
  const facts: Facts = {
    addresses,
    all: factsOf(addresses, environment, allowLocal),
    labels: labels === undefined ? undefined : readMetadataFile(labels),
    annotations: annotations === undefined ? undefined : readMetadataFile(annotations),
  }
  const template = readTemplate(settings)
  const fallback = defaultFormat(out, { format: settings.format, hasTemplate: template !== undefined })
  const published = await publishFiles(
    out.map((output) => ({
      to: output.to,
      content: formats[output.format ?? fallback](facts, { hostNames: hostName, template, environment }),
      mode,
    })),
  )
  const unchanged = published.every(({ status }) => status === 'unchanged') ? ', unchanged' : ''
  return `wrote ${out.map(({ to }) => formatOutputPath(to)).join(', ')} (${addresses[0].text})${unchanged}`
}

/** The environment never changes, so what is missing there is missing for good; a file can still be filled. */
async function findAddresses(
  settings: Settings,
  { environment, clock, signal, log }: Context,
): Promise<Facts['addresses']> {
  const { fromFile: path, fromEnv, timeout } = settings
  if (path === undefined) return podAddresses(addressesInEnvironment(environment, fromEnv), settings)
  let said = ''
  return retry(async () => addressesInFile(path, settings), {
    deadline: new Deadline(timeout, clock),
    clock,
    signal,
    backoff: { first: 50, longest: 2_000 },
    onNotReady: ({ message }) => {
      if (message !== said) log.info(`waiting: ${message}`)
      said = message
    },
  })
}

function addressesInFile(path: string, settings: Settings): Facts['addresses'] {
  try {
    const text = decodeText(readInputFile(path, { limit: addressFileLimit }).bytes, path).trim()
    if (text === '') throw new NotFoundError(`${path} is empty`)
    return podAddresses([{ source: path, text: text.split(/[\s,]+/).join(',') }], settings)
  } catch (error) {
    if (error instanceof NotFoundError) throw new NotReadyError(error.message, { hint: error.hint, cause: error })
    throw error
  }
}

function readTemplate({ template, templateFile: path }: Settings): { name: string; text: string } | undefined {
  if (template !== undefined) return { name: '--template', text: template }
  if (path === undefined) return undefined
  return { name: path, text: decodeText(readInputFile(path, { limit: templateLimit }).bytes, path) }
}
