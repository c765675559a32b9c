import {
  type Context,
  decodeText,
  formatCount,
  formatOutputPath,
  type Output,
  parseRelativePath,
  publishFiles,
  readInputFile,
  RefusedError,
  type Values,
} from '@initbox/core'
import { escapeFor, escapes, renderTemplate } from '@initbox/template'
import { Budget, largerHint } from './budget.ts'
import type { options } from './options.ts'
import { readSources, type Source } from './sources.ts'

type Settings = Values<typeof options>

/** Reads the templates, renders all of them, and only then writes all files or none. */
export async function run(settings: Settings, { environment }: Context): Promise<string> {
  const { in: path, template, out, only, escape, mode, maxSize } = settings
  const read = new Budget('the templates and the files they insert', maxSize)
  const write = new Budget('the rendered files', maxSize)
  const sources =
    path === undefined ? [inline(template ?? '', settings)] : readSources(path, { out, maxSize, budget: read })
  const volumeFile = volumeReader(maxSize, read)

  const outputs = sources.map(({ name, content, to, executable }): Output => {
    const rendered =
      typeof content === 'string'
        ? renderTemplate(content, {
            name,
            variable: (variable) => environment[variable],
            file: volumeFile,
            ...(only.length > 0 ? { only: new Set(only) } : {}),
            escape: escapes[escape ?? escapeFor(to.path)],
            limit: maxSize,
          })
        : content
    write.take(Buffer.byteLength(rendered))
    // Whoever may read it may run it.
    return { to, content: rendered, mode: executable ? mode | ((mode & 0o444) >> 2) : mode }
  })
  const published = await publishFiles(outputs)
  return summary(
    settings,
    sources,
    published.every(({ status }) => status === 'unchanged'),
  )
}

function inline(template: string, { out }: Settings): Source {
  return { name: '--template', content: template, to: out, executable: false }
}

/** Reads `${file:path}`: the text of a file of the volume without the white space around it, each file once. */
function volumeReader(limit: number, budget: Budget): (path: string) => string {
  const texts = new Map<string, string>()
  return (path) => {
    const known = texts.get(path)
    if (known !== undefined) return known
    const { bytes } = readInputFile(relative(path), { limit, tooLarge: largerHint, within: '.' })
    budget.take(bytes.length)
    const text = decodeText(bytes, path).trim()
    texts.set(path, text)
    return text
  }
}

function relative(path: string): string {
  try {
    return parseRelativePath(path)
  } catch (error) {
    throw new RefusedError(`\${file:${path}} ${error instanceof Error ? error.message : String(error)}`)
  }
}

function summary({ in: path, out }: Settings, sources: readonly Source[], unchanged: boolean): string {
  const copied = sources.filter(({ content }) => typeof content !== 'string').length
  const isFolder = sources[0]?.to !== out
  const what = isFolder ? `${formatCount(sources.length)} files of ${path}` : (path ?? '--template')
  const notes = [copied > 0 ? `, ${formatCount(copied)} of them copied as binary` : '', unchanged ? ', unchanged' : '']
  return `rendered ${what} to ${formatOutputPath(out)}${notes.join('')}`
}
