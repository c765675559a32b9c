import { dirname, resolve } from 'node:path'
import {
  type Context,
  decodeText,
  formatCount,
  formatOutputPath,
  listSome,
  type Output,
  outputWarnings,
  parseRelativePath,
  publishFiles,
  readBytes,
  RefusedError,
  UsageError,
  type Values,
  writeOutput,
} from '@initbox/core'
import { escapeFor, escapes, parseTemplate, referencesIn, renderTemplate } from '@initbox/template'
import { Budget, largerHint } from './budget.ts'
import { checkJson } from './check-json.ts'
import type { options } from './options.ts'
import { readSources, type Source } from './sources.ts'

type Settings = Values<typeof options>

/** Reads the templates, renders all of them, and only then writes all files or none. */
export async function run(settings: Settings, { environment, log }: Context): Promise<string> {
  const { in: path, template, out, only, escape, mode, maxSize, dryRun, allowDir } = settings
  const read = new Budget('the templates and the files they insert', maxSize)
  const write = new Budget('the rendered files', maxSize)
  const sources =
    path === undefined
      ? [{ name: '--template', content: template ?? '', to: out, executable: false }]
      : readSources(path, { out, maxSize, budget: read })
  const file = fileReader({ maxSize, allowDir }, read)

  const outputs = sources.map(({ name, content, to, executable }) => {
    const kind = escape ?? escapeFor(to === 'stdout' ? '' : to.path)
    const rendered =
      typeof content === 'string'
        ? renderTemplate(content, {
            name,
            variable: (variable) => environment[variable],
            file,
            ...(only.length > 0 ? { only: new Set(only) } : {}),
            escape: escapes[kind],
            limit: maxSize,
          })
        : content
    if (kind === 'json' && typeof rendered === 'string') checkJson(name, rendered)
    write.take(Buffer.byteLength(rendered))
    // Whoever may read it may run it.
    return { to, content: rendered, mode: executable ? mode | ((mode & 0o444) >> 2) : mode }
  })
  refuseUnused(only, sources)
  if (dryRun) return `${summary(settings, sources)}: all is well, and nothing was written (--dry-run)`
  const files: Output[] = []
  for (const { to, content, ...rest } of outputs) {
    if (to === 'stdout') writeOutput(String(content))
    else files.push({ to, content, ...rest })
  }
  const published = await publishFiles(files)
  for (const warning of outputWarnings(files)) log.warning(warning)
  const unchanged = published.length > 0 && published.every(({ status }) => status === 'unchanged')
  return `${summary(settings, sources)}${unchanged ? ', unchanged' : ''}`
}

/** A name in --only that no template has is most likely mistyped. */
function refuseUnused(only: readonly string[], sources: readonly Source[]): void {
  if (only.length === 0) return
  const used = new Set(
    sources.flatMap(({ content }) =>
      typeof content === 'string' ? referencesIn(parseTemplate(content, new Set(only))) : [],
    ),
  )
  const unused = only.filter((name) => !used.has(name))
  if (unused.length === 0) return
  throw new UsageError(`--only names ${listSome(unused)}, which no template has`, {
    hint: 'a reference is ${NAME}, with braces',
  })
}

/**
 * Reads `${file:path}`: the text of a file of the volume, or of a folder that was allowed, without the white space around
 * it; each file once.
 */
function fileReader(
  { maxSize: limit, allowDir }: Pick<Settings, 'maxSize' | 'allowDir'>,
  budget: Budget,
): (path: string) => string {
  const texts = new Map<string, string>()
  return (path) => {
    const known = texts.get(path)
    if (known !== undefined) return known
    const within = path.startsWith('/') ? allowedFor(path, allowDir) : '.'
    const file = within === '.' ? relative(path) : path
    const bytes = readBytes(file, { limit, tooLarge: largerHint, within })
    budget.take(bytes.length)
    const text = decodeText(bytes, path).trim()
    texts.set(path, text)
    return text
  }
}

function allowedFor(path: string, allowDir: readonly string[]): string {
  const found = allowDir.find((folder) => `${resolve(path)}/`.startsWith(`${resolve(folder)}/`))
  if (found !== undefined) return found
  throw new RefusedError(`\${file:${path}} lies outside the volume`, {
    hint: `--allow-dir ${dirname(path)} allows what is below it`,
  })
}

function relative(path: string): string {
  try {
    return parseRelativePath(path)
  } catch (error) {
    throw new RefusedError(`\${file:${path}} ${error instanceof Error ? error.message : String(error)}`)
  }
}

function summary({ in: path, out }: Settings, sources: readonly Source[]): string {
  const copied = sources.filter(({ content }) => typeof content !== 'string').length
  const isFolder = sources[0]?.to !== out
  const what = isFolder ? `${formatCount(sources.length)} files of ${path}` : (path ?? '--template')
  const note = copied > 0 ? `, ${formatCount(copied)} of them copied as binary` : ''
  return `rendered ${what} to ${formatOutputPath(out)}${note}`
}
