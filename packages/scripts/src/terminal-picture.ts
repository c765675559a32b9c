import { xmlText } from './xml-text.ts'

const size = { letter: 7.25, line: 18, margin: 14 }

/** What a program has printed, as the picture of a terminal: an SVG with two sets of colours, for light and dark pages. Bars of `#` and `>` stand out. */
export function terminalPicture(text: string, title: string): string {
  const lines = text.trimEnd().split('\n')
  const width = Math.ceil(2 * size.margin + size.letter * Math.max(...lines.map((line) => line.length)))
  const height = 2 * size.margin + size.line * lines.length
  const shown = lines.map((line, index) => {
    const y = size.margin + size.line * (index + 0.75)
    const kind = line.startsWith('$ ') ? ' class="command"' : ''
    const words = xmlText(line).replace(/(?<=\|)( *)(#+|(?:&gt;)+)/, '$1<tspan class="bar">$2</tspan>')
    return `<text${kind} x="${size.margin}" y="${y}" xml:space="preserve">${words}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${xmlText(title)}">`,
    '<style>rect{fill:#f6f8fa;stroke:#d1d9e0}text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328}',
    '.command{font-weight:600}.bar{fill:#0969da}',
    '@media(prefers-color-scheme:dark){rect{fill:#151b23;stroke:#3d444d}text{fill:#e6edf3}.bar{fill:#4493f8}}</style>',
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...shown,
    '</svg>',
    '',
  ].join('\n')
}
