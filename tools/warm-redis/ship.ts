import type { Ship } from '@initbox/build'
import { postgresClient } from '@initbox/postgres/ship'
import { redisStandIn } from './stand-in.ts'

const nothing = 'tools/warm-redis/src/redis/stand-ins/nothing.cjs'

export const ship: Ship = {
  summary: {
    en: 'loads records into Redis before an application starts, fast, and checks every reply',
    zh: '在应用启动前把记录快速装入 Redis，并检查每个回复',
  },
  packages: [
    ...postgresClient.packages,
    'ioredis',
    'cluster-key-slot',
    'denque',
    'redis-errors',
    'standard-as-callback',
  ],
  unused: [...postgresClient.unused],
  replaced: {
    ...postgresClient.replaced,
    // Node's crypto, tls, dns and streams would come with them.
    'ioredis/built/cluster/index.js': nothing,
    'ioredis/built/connectors/index.js': nothing,
    'ioredis/built/connectors/SentinelConnector/index.js': nothing,
    'ioredis/built/ScanStream.js': nothing,
    'ioredis/built/Script.js': nothing,
    '@ioredis/commands/built/index.js': 'tools/warm-redis/src/redis/stand-ins/commands.cjs',
    'ioredis/built/utils/debug.js': 'tools/warm-redis/src/redis/stand-ins/no-debug.cjs',
  },
  // ioredis, pg and TLS as source take 115 kB of it, the code cache the rest; 325 kB measured, and a cache differs by a few.
  layerBudget: 335_000,
  warmUps: [
    {
      label: 'an empty file',
      argv: ['--in', 'a.ndjson', '--url', 'redis://127.0.0.1:{port}'],
      files: { 'a.ndjson': '' },
      server: redisStandIn,
      goal: 2.6,
    },
  ],
}
