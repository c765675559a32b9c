import { type Output, type OutputPath, RefusedError, ToolError } from '@initbox/core'
import { escapes, renderTemplate } from '@initbox/template'
import { type Entry, formatPick, type Pick, type TemplateText } from './entries/entry.ts'
import { type Fetched, keyOf, together } from './fetch-all.ts'
import { filesOf, tlsFilesOf } from './formats/files.ts'
import { textsOf } from './formats/format.ts'
import { formats } from './formats/index.ts'
import { type Found, select } from './secret/select.ts'

export type Composition = {
  /** Permissions where an entry has none of its own. */
  readonly mode: number
  /** Most bytes of all outputs. */
  readonly limit: number
}

/** Makes all files of what was fetched; nothing is written yet. Throws one error that names everything that is missing. */
export function compose(entries: readonly Entry[], fetched: Fetched, { mode, limit }: Composition): Output[] {
  const failures: ToolError[] = []
  const outputs = entries.flatMap((entry): Output[] => {
    try {
      return filesFor(entry, fetched, limit).map(({ to, content }) => ({ to, content, mode: entry.mode ?? mode }))
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      failures.push(error)
      return []
    }
  })
  if (failures.length > 0) throw together(failures)
  return outputs
}

type File = { readonly to: OutputPath; readonly content: string | Uint8Array }

function filesFor({ to, isFolder, recipe }: Entry, fetched: Fetched, limit: number): readonly File[] {
  const partOf = (pick: Pick): Found | undefined => select(fetched.get(keyOf(pick.address)), pick)
  if (recipe.kind === 'template') {
    const values = new Map([...recipe.values].map(([name, pick]) => [name, textOf(partOf(pick), formatPick(pick))]))
    return [{ to, content: render(recipe.template, (name) => values.get(name), limit) }]
  }
  const label = formatPick(recipe.pick)
  const found = partOf(recipe.pick)
  if (found === undefined) return []
  if (recipe.kind === 'keys-template') {
    const values = new Map(textsOf(found, label))
    return [{ to, content: render(recipe.template, (name) => values.get(name), limit) }]
  }
  if (isFolder) return recipe.format === 'pem' ? tlsFilesOf(found, to, label) : filesOf(found, to, label)
  return [{ to, content: formats[recipe.format](found, label) }]
}

function render(
  { name, text, escape }: TemplateText,
  variable: (name: string) => string | undefined,
  limit: number,
): string {
  return renderTemplate(text, { name, variable, escape: escapes[escape], limit })
}

/** A template inserts text; what is optional and not there is unset for it, so `${NAME:-default}` works. */
function textOf(found: Found | undefined, label: string): string | undefined {
  if (found === undefined) return undefined
  if (found.kind === 'fields') {
    throw new RefusedError(`${label} has several values, and a template inserts one`, {
      hint: 'name it, as in #password',
    })
  }
  const text = Buffer.from(found.bytes).toString()
  if (Buffer.from(text).equals(found.bytes)) return text
  throw new RefusedError(`${label} is not UTF-8 text, so no template can insert it`)
}
