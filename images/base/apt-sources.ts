import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const suites = /^bookworm(-updates|-security)?$/

/**
 * This machine's own Debian 12 sources in deb822 form (sources.list(5)), without the restriction to its own architecture;
 * the mirror is the machine's choice and never ours. $INITBOX_APT_SOURCES names a file to use instead, as on Ubuntu.
 * Throws when there are none.
 */
export function debianSources(etcApt = '/etc/apt', override = process.env['INITBOX_APT_SOURCES']): string {
  if (override) return readFileSync(override, 'utf8')
  const parts = join(etcApt, 'sources.list.d')
  const files = [
    join(etcApt, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ]
  const stanzas = files.filter(existsSync).flatMap((file) => {
    if (file.endsWith('.sources')) return deb822Stanzas(readFileSync(file, 'utf8'))
    return file.endsWith('.list') ? oneLineStanzas(readFileSync(file, 'utf8')) : []
  })
  if (stanzas.length > 0) return `${stanzas.join('\n\n')}\n`
  throw new Error(
    `apt has no source for Debian 12 (bookworm main) in ${etcApt} (hint: name a .sources file that has one in $INITBOX_APT_SOURCES)`,
  )
}

function deb822Stanzas(text: string): string[] {
  const paragraphs = text.split(/\n(?:[ \t]*\n)+/).map((paragraph) => paragraph.replace(/^#.*\n?/gm, '').trimEnd())
  return paragraphs.flatMap((paragraph) => {
    const words = (field: string) => new RegExp(`^${field}:(.*)$`, 'im').exec(paragraph)?.[1]?.trim().split(/\s+/) ?? []
    const kept = words('Suites').filter((suite) => suites.test(suite))
    const usable =
      words('Types').includes('deb') && words('Components').includes('main') && words('Enabled')[0] !== 'no'
    if (!usable || kept.length === 0) return []
    return paragraph
      .replace(/^Architectures:.*\n?/im, '')
      .replace(/^Types:.*$/im, 'Types: deb')
      .replace(/^Suites:.*$/im, `Suites: ${kept.join(' ')}`)
      .replace(/^Components:.*$/im, 'Components: main')
  })
}

function oneLineStanzas(text: string): string[] {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm)].flatMap((match) => {
    const [, options = '', uri = '', suite = '', components = ''] = match
    if (!suites.test(suite) || !components.split(/\s+/).includes('main')) return []
    const key = /signed-by=(\S+)/i.exec(options)?.[1]
    const stanza = [
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${suite}`,
      'Components: main',
      ...(key ? [`Signed-By: ${key}`] : []),
    ]
    return stanza.join('\n')
  })
}
