import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'renders text templates from the environment and from files of the volume',
    zh: '用环境变量和卷中的文件渲染文本模板',
  },
  packages: [],
  layerBudget: 90_000,
  warmUps: [
    {
      label: '--template',
      argv: ['--template', 'Hello, ${NAME}!', '--out', 'index.html'],
      env: { NAME: 'World' },
      goal: 1.15,
    },
  ],
}
