import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Tool } from '@initbox/core'
import { referencePage } from '@initbox/core/reference'
import { benchPages } from './bench-report.ts'
import { fillSections, toolTable } from './readme-sections.ts'
import { troubleshootingSections } from './troubleshooting.ts'
import { readShip, root, toolNames } from '@initbox/build'

/** The generated pages (option references, what the benches measured, and the READMEs with their generated sections), as path below the checkout's top and content. */
async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>()
  for (const name of toolNames()) {
    const { tool }: { tool: Tool } = await import(join(root, 'tools', name, 'src/tool.ts'))
    const { summary, configSchema } = await readShip(name)
    if (summary.en !== tool.summary) {
      throw new Error(`tools/${name}: ship.ts says '${summary.en}', src/tool.ts says '${tool.summary}'`)
    }
    const schema = `${name}.schema.json`
    const words =
      configSchema === undefined
        ? ''
        : `\n## Editors\n\nA file for \`--config\` with the first line \`# yaml-language-server: $schema=…/${schema}\` is checked as you write, by [${schema}](${schema}).\n`
    pages.set(`docs/reference/${name}.md`, referencePage(tool) + words)
    if (configSchema !== undefined)
      pages.set(`docs/reference/${schema}`, `${JSON.stringify(await configSchema(), null, 2)}\n`)
  }
  for (const [path, language] of [
    ['README.md', 'en'],
    ['README.zh-CN.md', 'zh'],
  ] as const) {
    pages.set(path, fillSections(readFileSync(join(root, path), 'utf8'), { tools: await toolTable(language) }))
  }
  const help = 'docs/troubleshooting.md'
  pages.set(help, fillSections(readFileSync(join(root, help), 'utf8'), troubleshootingSections()))
  const benches = 'docs/benchmarks'
  for (const file of readdirSync(join(root, benches)).filter((each) => each.endsWith('.json'))) {
    for (const [page, content] of benchPages(join(root, benches), basename(file, '.json')))
      pages.set(`${benches}/${page}`, content)
  }
  return pages
}

/** Writes the pages that changed and returns their paths. */
export async function writeGeneratedPages(): Promise<string[]> {
  const changed = await outdated()
  for (const [path, content] of changed) writeFileSync(join(root, path), content)
  return changed.map(([path]) => path)
}

/** Paths of the pages that do not say what the option tables and measurements say. */
export async function outdatedPages(): Promise<string[]> {
  return (await outdated()).map(([path]) => path)
}

async function outdated(): Promise<[path: string, content: string][]> {
  return [...(await generatedPages())].filter(([path, content]) => {
    const file = join(root, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== content
  })
}
