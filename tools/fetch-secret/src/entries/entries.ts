import { listSome, readText, UsageError } from '@initbox/core'
import { sources } from '../sources/index.ts'
import { type Entry, picksOf } from './entry.ts'
import { parseEntry, type ReadTemplate } from './parse-entry.ts'

export type EntryTexts = {
  readonly secrets: readonly string[]
  readonly config: string | undefined
  readonly maxSize: number
}

/** Parses everything that is to be written; throws one UsageError that names every problem. */
export async function readEntries({ secrets, config, maxSize }: EntryTexts): Promise<readonly Entry[]> {
  const problems: string[] = []
  const readTemplate: ReadTemplate = (path) => readText(path, { limit: maxSize, option: 'template-file' })
  const entries = secrets.flatMap((text): readonly Entry[] => {
    try {
      return [parseEntry(text, readTemplate)]
    } catch (error) {
      problems.push(`${nameOf(text)}: ${messageOf(error)}`)
      return []
    }
  })
  if (config !== undefined) {
    const { readConfigEntries } = await import('./config.ts')
    const problem = (place: string, error: unknown): void => void problems.push(`${place}: ${messageOf(error)}`)
    entries.push(...readConfigEntries(config, readTemplate, problem))
  }
  for (const { address } of entries.flatMap(picksOf)) {
    const problem = (await sources[address.scheme]()).problemOf(address)
    if (problem !== undefined) problems.push(`${address.label}: ${problem}`)
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '' : `${problems.length} problems: `
    throw new UsageError(count + listSome([...new Set(problems)], 10), {
      hint: 'OUT=SOURCE#key, as in api-key=vault://secret/api#password',
    })
  }
  return entries
}

/** What an entry is called in messages: its output. Without `=` it may be anything, a secret too. */
function nameOf(text: string): string {
  const at = text.indexOf('=')
  return at < 0 ? `an entry of ${text.length} characters` : text.slice(0, at)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
