import { jsonSchema } from '@initbox/config'
import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'makes folders, copies, links and modes in a volume, and checks what it offers',
    zh: '在卷中创建目录、复制文件、建立链接并设置权限，并检查卷的条件',
  },
  packages: ['js-yaml'],
  configSchema: async () => jsonSchema((await import('./src/plan.ts')).planShape, 'prepare-volume --config'),
  layerBudget: 160_000,
  warmUps: [
    { label: '--folder', argv: ['--folder', 'cache:0770'], goal: 1.25 },
    { label: '--config', argv: ['--config', 'folders: [{path: run, mode: "0770"}]\nfiles: [run/ready]\n'], goal: 1.35 },
  ],
}
