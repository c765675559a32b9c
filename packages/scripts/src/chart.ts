import type { Report } from './bench-report.ts'
import { xmlText } from './xml-text.ts'

/** What is measured against: other programs, and Node itself. */
const peer =
  /^(an? )?(empty file|bare |Node|curl|wget|xargs|cp -a|redis-cli|redis-dump|riot|git clone|git-sync|isomorphic-git|bao|vault agent|golang-migrate|goose|dbmate|node-pg-migrate|[fF]lyway|psql|nc |wait4x|wait-on|initbox\/base)/

const line = 22
const begin = 330
const end = 620

/**
 * A bench's first figure (its wall time, or else what stands first) as horizontal bars, ours beside the peers: an SVG of two sets of
 * colours, for light and dark pages. Bars have the length of the ratio where the bench gives one, and one scale in each group of rows
 * (`group, program` or `group: program`).
 */
export function chart({ title, columns, rows }: Report): string {
  const figure = columns.findIndex((name, index) => index > 0 && /wall|layer/.test(name))
  const ratio = columns.indexOf(columns[figure]?.replace(/ \w+$/, ' ×') ?? '')
  const bars = rows.flatMap((row) => {
    const cell = row[figure]
    const length = lengthOf(row[ratio]) ?? lengthOf(cell)
    if (cell === undefined || length === undefined) return []
    const words = row.slice(0, figure).map(String)
    const own = !peer.test((words.at(-1) ?? '').replace(/^.*: /, ''))
    const label = words.join(', ')
    const group = words.length > 1 ? words.slice(0, -1).join() : (/^(.*): /.exec(label)?.[1] ?? '')
    return [{ label, group, own, length, text: textOf(cell, columns[figure] ?? '') }]
  })
  const longest = (of: string): number =>
    Math.max(...bars.flatMap(({ group, length }) => (group === of ? [length] : [])))
  const height = 30 + line * bars.length
  const shapes = bars.map(({ label, group, own, length, text }, index) => {
    const y = 30 + line * index
    const width = Math.max(1, Math.round(((end - begin) * length) / longest(group)))
    return [
      `<text x="${begin - 8}" y="${y + 14}" text-anchor="end">${xmlText(shortened(label))}</text>`,
      `<rect class="${own ? 'own' : 'peer'}" x="${begin}" y="${y + 3}" width="${width}" height="${line - 7}" rx="2"/>`,
      `<text x="${begin + width + 6}" y="${y + 14}">${xmlText(text)}</text>`,
    ].join('')
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="${height}" viewBox="0 0 760 ${height}" role="img" aria-label="${xmlText(title)}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.own{fill:#0969da}.peer{fill:#afb8c1}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.own{fill:#4493f8}.peer{fill:#57606a}}</style>',
    `<text class="title" x="8" y="16">${xmlText(`${title}: ${columns[figure] ?? ''}`)}</text>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n')
}

/** The ratio in `1029 ms (× 1.00)`, else the number that a cell begins with. */
function lengthOf(cell: string | number | undefined): number | undefined {
  if (cell === undefined || cell === '') return undefined
  const [, number] = /× ([\d.]+)/.exec(String(cell)) ?? /^([\d.]+)/.exec(String(cell)) ?? []
  return number === undefined ? undefined : Number(number)
}

function textOf(cell: string | number, column: string): string {
  if (typeof cell === 'string' && !/^[\d.]+$/.test(cell)) return cell
  return `${Math.round(Number(cell) * 100) / 100} ${column.replace(/^.* /, '')}`
}

function shortened(label: string): string {
  return label.length <= 50 ? label : `…${label.slice(-49)}`
}
