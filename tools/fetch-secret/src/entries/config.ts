import { readConfig, shape } from '@initbox/config'
import { parseOutputPath } from '@initbox/core'
import { escapeFor, escapeNames } from '@initbox/template'
import type { Entry, Pick } from './entry.ts'
import { entryOf, parseEntry, parseMode, type ReadTemplate } from './parse-entry.ts'
import { parsePick } from './pick.ts'

/** An entry as it stands in a configuration: `OUT=SOURCE`, or a map with more room. */
type Written = {
  readonly out: string
  readonly from?: string | undefined
  readonly mode?: string | undefined
  readonly template?: string | undefined
  readonly templateFile?: string | undefined
  readonly values?: Readonly<Record<string, string>> | undefined
  readonly escape?: (typeof escapeNames)[number] | undefined
}

const long = shape.map({
  out: shape.text,
  from: shape.optional(shape.text),
  mode: shape.optional(shape.text),
  template: shape.optional(shape.text),
  templateFile: shape.optional(shape.text),
  values: shape.optional(shape.record(shape.text)),
  escape: shape.optional(shape.enum(escapeNames)),
})

/** What `--config` looks like. */
export const configShape = shape.map({
  secrets: shape.list(shape.shorthand<string | Written>((text) => text, long)),
})

/** Reads the entries of a configuration; `problem` is told what is wrong with one of them. */
export function readConfigEntries(
  config: string,
  readTemplate: ReadTemplate,
  problem: (place: string, error: unknown) => void,
): readonly Entry[] {
  const { secrets } = readConfig(config, configShape, { option: '--config (FETCH_SECRET_CONFIG)' })
  return secrets.flatMap((written, index): readonly Entry[] => {
    try {
      return [typeof written === 'string' ? parseEntry(written, readTemplate) : entryIn(written, readTemplate)]
    } catch (error) {
      problem(`secrets[${index}]`, error)
      return []
    }
  })
}

function entryIn(written: Written, readTemplate: ReadTemplate): Entry {
  const { out, from, template, templateFile, values, escape, mode } = written
  if (template === undefined && templateFile === undefined) {
    if (from === undefined) throw new Error('it needs from, or a template with values')
    if (values !== undefined || escape !== undefined) throw new Error('values and escape are for a template')
    const entry = entryOf(out, from, readTemplate)
    return { ...entry, mode: parseMode(mode) ?? entry.mode }
  }
  if (template !== undefined && templateFile !== undefined)
    throw new Error('template and templateFile exclude each other')
  if (out.endsWith('/')) throw new Error('a template makes a file, not a folder')
  const text = {
    name: templateFile ?? `the template of ${out}`,
    text: template ?? readTemplate(templateFile ?? ''),
    escape: escape ?? escapeFor(out),
  }
  const common = { to: parseOutputPath(out), isFolder: false, mode: parseMode(mode) }
  if (values === undefined) {
    if (from === undefined) throw new Error('a template needs values, or the secret whose keys it names as from')
    return { ...common, recipe: { kind: 'keys-template', template: text, pick: pickIn(from) } }
  }
  if (from !== undefined) throw new Error('from and values exclude each other')
  const picks = new Map(Object.entries(values).map(([name, source]) => [name, pickIn(source)]))
  return { ...common, recipe: { kind: 'template', template: text, values: picks } }
}

/** A source whose `#` says nothing about a file. */
function pickIn(source: string): Pick {
  const { pick, rest } = parsePick(source)
  const [stranger] = rest.keys()
  if (stranger !== undefined) throw new Error(`'${stranger}' is not for a value of a template`)
  return pick
}
