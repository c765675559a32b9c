import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readShip, root, toolNames } from '@initbox/build'

/** Puts generated sections between `<!-- generated: NAME -->` and `<!-- /generated -->` of a page. */
export function fillSections(page: string, sections: Readonly<Record<string, string>>): string {
  return page.replace(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_, begin: string, name: string, end: string) => {
      const section = sections[name]
      if (section === undefined) throw new Error(`there is no generated section '${name}'`)
      return `${begin}${section}${end}`
    },
  )
}

const words = {
  en: {
    head: ['tool', 'what it does', 'own layer', 'whole run'],
    base: (size: string, node: string) =>
      `All share one base layer of ${size}. Node alone, with an empty file, runs for ${node}.`,
  },
  zh: {
    head: ['工具', '用途', '自有层', '整次运行'],
    base: (size: string, node: string) => `所有工具共用一个 ${size} 的基础层。Node 自身运行一个空文件需要 ${node}。`,
  },
} as const

/** README's table of the tools. */
export async function toolTable(language: 'en' | 'zh'): Promise<string> {
  const { head, base } = words[language]
  const rows = toolNames().map(async (name) => {
    const { summary } = await readShip(name)
    if (summary[language] === '') throw new Error(`tools/${name}/ship.ts has no summary in ${language}`)
    const size = measured('images', `initbox/${name}:dev`)?.[1]
    const wall = measured('startup', name)?.[1]
    return [
      `[${name}](tools/${name})`,
      summary[language],
      size === undefined ? unmeasured : `${size} kB`,
      wall === undefined ? unmeasured : milliseconds(wall),
    ]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const megabytes = (Number(measured('images', 'initbox/base:dev')?.[1]) / 1000).toFixed(1)
  return `${line(head)}|---|---|---:|---:|\n${(await Promise.all(rows)).map(line).join('')}\n${base(`${megabytes} MB`, milliseconds(measured('startup', 'empty file')?.[1]))}\n`
}

function milliseconds(value: unknown): string {
  return `${Math.round(Number(value))} ms`
}

/** A tool that is newer than the bench's last run has no figure yet. */
const unmeasured = '–'

/** The first row of a bench that a label names, alone or with a word after it; a bench that was never run is an Error that names its command. */
function measured(bench: string, label: string): readonly (string | number)[] | undefined {
  const file = join(root, 'docs/benchmarks', `${bench}.json`)
  if (!existsSync(file)) throw new Error(`${file} is missing (hint: npm run bench -- ${bench})`)
  const { rows }: { rows: readonly (readonly (string | number)[])[] } = JSON.parse(readFileSync(file, 'utf8'))
  return rows.find(([first]) => first === label || String(first).startsWith(`${label} `))
}
