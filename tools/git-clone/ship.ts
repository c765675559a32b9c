import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'writes one commit of a git repository into the volume',
    zh: '把 git 仓库的一个提交写入卷中',
  },
  packages: [],
  layerBudget: 700_000,
  warmUps: [{ label: '--version', argv: ['--version'] }],
}
