import { commands } from './commands.ts'
import { csv, tsv } from './csv.ts'
import type { Format } from './format.ts'
import { ndjson } from './ndjson.ts'
import { resp } from './resp.ts'

export const formats = { ndjson, csv, tsv, commands, resp } as const
export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as FormatName[]

const endings: Readonly<Record<string, FormatName>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  tsv: 'tsv',
  commands: 'commands',
  redis: 'commands',
  txt: 'commands',
  resp: 'resp',
}

/** The format that the ending of a name says, packed or not. */
export function formatOf(name: string): FormatName | undefined {
  const [, ending = ''] = /\.([^./]+?)(?:\.(?:gz|zst))?$/i.exec(name) ?? []
  return endings[ending.toLowerCase()]
}

/** The format of a name, for code that has checked it. */
export function format(name: FormatName): Format {
  return formats[name]
}
