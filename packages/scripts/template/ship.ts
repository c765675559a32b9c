import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: { en: 'writes one line to a file of the volume', zh: '向卷中的文件写入一行文本' },
  packages: [],
  layerBudget: 90_000,
  warmUps: [{ label: '--out line.txt', argv: ['--text', 'hello', '--out', 'line.txt'] }],
}
