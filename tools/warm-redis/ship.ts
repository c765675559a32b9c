import type { Ship } from '@initbox/build'
import { postgresClient } from '@initbox/postgres/ship'

export const ship: Ship = {
  summary: {
    en: 'loads records into Redis before an application starts, fast, and checks every reply',
    zh: '在应用启动前把记录快速装入 Redis，并检查每个回复',
  },
  packages: [
    ...postgresClient.packages,
    'ioredis',
    '@ioredis/commands',
    'cluster-key-slot',
    'debug',
    'denque',
    'ms',
    'redis-errors',
    'standard-as-callback',
  ],
  unused: [...postgresClient.unused],
  replaced: { ...postgresClient.replaced },
  layerBudget: 250_000,
  warmUps: [{ label: '--version', argv: ['--version'] }],
}
