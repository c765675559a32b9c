import {
  type Context,
  Deadline,
  formatOutputPath,
  NotFoundError,
  NotReadyError,
  publishFiles,
  outputWarnings,
  readText,
  retry,
  type Values,
  whenChanged,
  writeOutput,
} from '@initbox/core'
import { formats } from './formats/index.ts'
import { type Facts, factsOf } from './facts/facts.ts'
import { readMetadataFile } from './facts/metadata-file.ts'
import { addressesInEnvironment, podAddresses, strangerWarning } from './facts/pod-addresses.ts'
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
  const outputs = out.map((output) => ({
    to: output.to,
    content: formats[output.format ?? fallback](facts, { hostNames: hostName, template, environment }),
  }))
  const files = outputs.flatMap(({ to, content }) => (to === 'stdout' ? [] : [{ to, content, mode }]))
  const published = await publishFiles(files)
  for (const { to, content } of outputs) if (to === 'stdout') writeOutput(content)
  for (const warning of outputWarnings(files)) context.log.warning(warning)
  const isUnchanged = published.length > 0 && published.every(({ status }) => status === 'unchanged')
  return `wrote ${out.map(({ to }) => formatOutputPath(to)).join(', ')} (${addresses[0].text})${isUnchanged ? ', unchanged' : ''}`
}

/** The environment never changes, so what is missing there is missing for good; a file can still be filled. */
async function findAddresses(
  settings: Settings,
  { environment, clock, signal, log }: Context,
): Promise<Facts['addresses']> {
  const { fromFile: path, fromEnv, timeout } = settings
  if (path === undefined) {
    const texts = addressesInEnvironment(environment, fromEnv)
    const warning = strangerWarning(texts, settings.allowLocal)
    if (warning !== undefined) log.warning(warning)
    return podAddresses(texts, settings)
  }
  return retry(async () => addressesInFile(path, settings), {
    deadline: new Deadline(timeout, clock),
    clock,
    signal,
    backoff: { first: 50, longest: 2_000 },
    onNotReady: whenChanged((reason) => log.info(`waiting: ${reason}`)),
  })
}

function addressesInFile(path: string, settings: Settings): Facts['addresses'] {
  try {
    const text = readText(path, { limit: addressFileLimit }).trim()
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
  return { name: path, text: readText(path, { limit: templateLimit, option: '--template-file' }) }
}
