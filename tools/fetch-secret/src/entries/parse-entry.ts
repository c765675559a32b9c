import { nearest, option, parseOutputPath } from '@initbox/core'
import { escapeFor, escapeNames } from '@initbox/template'
import { formats, type FormatName, isFormatName } from '../formats/index.ts'
import type { Entry, Pick, Recipe } from './entry.ts'
import { type Parameters, parsePick, take, takeOneOf } from './pick.ts'

/** Reads the file of a template; throws a ToolError. */
export type ReadTemplate = (path: string) => string

const names = [
  'key',
  'pointer',
  'optional',
  'default',
  'decode',
  'newline',
  'format',
  'mode',
  'template-file',
  'escape',
]

/** Parses `OUT=SOURCE`. Throws a plain Error whose message completes "`api-key=…`: …". */
export function parseEntry(text: string, readTemplate: ReadTemplate): Entry {
  const at = text.indexOf('=')
  if (at < 1) throw new Error("it must have the form OUT=SOURCE, such as 'api-key=vault://secret/api#key'")
  return entryOf(text.slice(0, at), text.slice(at + 1), readTemplate)
}

/** The same, from its two halves. */
export function entryOf(out: string, source: string, readTemplate: ReadTemplate): Entry {
  const { pick, rest } = parsePick(source)
  const to = parseOutputPath(out)
  const isFolder = out.endsWith('/')
  const mode = parseMode(take(rest, 'mode'))
  const recipe = recipeOf({ out, pick, rest, isFolder, readTemplate })
  const [stranger] = rest.keys()
  if (stranger !== undefined) throw new Error(unknown(stranger))
  return { to, isFolder, mode, recipe }
}

type Parts = {
  readonly out: string
  readonly pick: Pick
  readonly rest: Parameters
  readonly isFolder: boolean
  readonly readTemplate: ReadTemplate
}

function recipeOf({ out, pick, rest, isFolder, readTemplate }: Parts): Recipe {
  const path = take(rest, 'template-file')
  const escape = takeOneOf(rest, 'escape', escapeNames)
  const given = take(rest, 'format')
  if (path !== undefined) {
    if (given !== undefined) throw new Error('format and template-file exclude each other')
    if (isFolder) throw new Error('a template makes a file, not a folder')
    return {
      kind: 'keys-template',
      pick,
      template: { name: path, text: readTemplate(path), escape: escape ?? escapeFor(out) },
    }
  }
  if (escape !== undefined) throw new Error('escape needs a template-file')
  return { kind: 'format', pick, format: formatFor({ given, out, pick, isFolder }) }
}

type Wanted = {
  readonly given: string | undefined
  readonly out: string
  readonly pick: Pick
  readonly isFolder: boolean
}

/** The output's name decides unless a format is given: a value is written as it is, a whole secret as its name says. */
function formatFor({ given, out, pick: { selector }, isFolder }: Wanted): FormatName {
  if (given !== undefined && !isFormatName(given)) {
    throw new Error(`format must be one of ${Object.keys(formats).join(', ')}, not '${given}'`)
  }
  if (isFolder) {
    if (given !== undefined && given !== 'files' && given !== 'pem')
      throw new Error(`format=${given} makes a file, but '${out}' is a folder`)
    if (selector.kind === 'key') throw new Error(`'${out}' is a folder, but a key is a file`)
    return given ?? 'files'
  }
  if (given === 'files') throw new Error(`format=files makes a folder: write '${out}/'`)
  if (given !== undefined) return given
  if (selector.kind !== 'whole') return 'raw'
  if (out.endsWith('.json')) return 'json'
  return out.endsWith('.env') ? 'dotenv' : 'raw'
}

const mode = option.mode({ help: '' })

/** Permission bits; throws a plain Error. */
export function parseMode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  try {
    return mode.parse(text) as number
  } catch (error) {
    throw new Error(`mode ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function unknown(name: string): string {
  const near = nearest(name, names)
  const known = near === undefined ? `known: ${names.join(', ')}` : `did you mean ${near}?`
  return `there is no parameter '${name}' behind # (${known})`
}
