import { expect, test } from 'vitest'
import { packagesIn } from './bundle.ts'

test('packagesIn names scoped and plain packages once, through the pnpm store too', () => {
  const input = { bytes: 0, imports: [] }
  const inputs = {
    'packages/core/src/index.ts': input,
    'node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/index.js': input,
    'node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/client.js': input,
    'node_modules/.pnpm/@aws-sdk+core@3.0.0/node_modules/@aws-sdk/core/index.js': input,
  }
  expect(packagesIn({ inputs })).toEqual(['@aws-sdk/core', 'pg'])
})
