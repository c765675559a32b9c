import { type Context, formatOutputPath, publishFiles, type Values } from '@initbox/core'
import type { options } from './options.ts'

/** Writes the line, or leaves a file that has it as it is. */
export async function run({ text, out, mode }: Values<typeof options>, { log }: Context): Promise<string> {
  log.debug(`${text.length} characters`)
  const published = await publishFiles([{ to: out, content: `${text}\n`, mode }])
  const unchanged = published.every(({ status }) => status === 'unchanged')
  return `wrote ${formatOutputPath(out)}${unchanged ? ', unchanged' : ''}`
}
