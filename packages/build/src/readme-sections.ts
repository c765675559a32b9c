import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tools } from '../../../images/tools.ts'
import { root } from './root.ts'

const manifest = 'examples/web-server/pod.yaml'

/** Puts the generated sections between `<!-- generated: NAME -->` and `<!-- /generated -->` of a README. */
export function fillSections(readme: string, language: 'en' | 'zh'): string {
  return readme.replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_, begin: string, name: string, end: string) => {
      const section = name === 'tools' ? toolTable(language) : name === 'manifest' ? manifestBlock() : undefined
      if (section === undefined) throw new Error(`there is no generated section '${name}'`)
      return `${begin}${section}${end}`
    },
  )
}

const words = {
  en: {
    head: ['tool', 'what it does', 'own layer', 'start-up'],
    base: (size: string) => `All share one base layer of ${size}.`,
  },
  zh: { head: ['工具', '用途', '自有层', '启动开销'], base: (size: string) => `所有工具共用一个 ${size} 的基础层。` },
} as const

const purposes: Readonly<Record<string, { readonly en: string; readonly zh: string }>> = {
  'wait-for': {
    en: 'waits until services are really ready, not just listening',
    zh: '等待服务真正可用，而不只是端口打开',
  },
  'write-pod-ip': {
    en: "writes the Pod's addresses and other downward-API facts as a file",
    zh: '把 Pod 的地址等 downward API 信息写成文件',
  },
  'render-template': { en: 'renders text templates from environment and files', zh: '用环境变量和文件渲染文本模板' },
  'migrate-schema': {
    en: 'SQL migrations for Postgres that many Pods can start at once',
    zh: 'Postgres 的 SQL 迁移，多个 Pod 可同时启动',
  },
}

function toolTable(language: 'en' | 'zh'): string {
  const { head, base } = words[language]
  const rows = Object.keys(tools).map((name) => {
    const size = measured('images', `initbox/${name}:dev`)[1]
    const cpu = measured('startup', name)[4]
    const cells = [`[${name}](tools/${name})`, purposes[name]?.[language] ?? '', size === undefined ? '' : `${size} kB`]
    return [...cells, cpu === undefined ? '' : `${Number(cpu).toFixed(2)} ×`]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  const megabytes = (Number(measured('images', 'initbox/base:dev')[1]) / 1000).toFixed(1)
  return `${line(head)}|---|---|---:|---:|\n${rows.map(line).join('')}\n${base(`${megabytes} MB`)}\n`
}

/** The first row of a bench whose label begins so; a bench that was never run is an Error that names its command. */
function measured(bench: string, label: string): readonly (string | number)[] {
  const file = join(root, 'docs/benchmarks', `${bench}.json`)
  if (!existsSync(file)) throw new Error(`${file} is missing (hint: npm run bench -- ${bench})`)
  const { rows }: { rows: readonly (readonly (string | number)[])[] } = JSON.parse(readFileSync(file, 'utf8'))
  return rows.find(([first]) => String(first).startsWith(label)) ?? []
}

/** The Pod of the example, without the comment above it and the documents after it. */
function manifestBlock(): string {
  const [pod = ''] = readFileSync(join(root, manifest), 'utf8').split(/^---$/m)
  return `\`\`\`yaml\n${pod.replace(/^(#.*\n)+/, '')}\`\`\`\n`
}
