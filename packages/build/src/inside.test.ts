import { expect, test } from 'vitest'
import { packageFolders, packageOf } from './inside.ts'

test('packages are named once, scoped ones and through the pnpm store too, and only those with code inside', () => {
  const inputs = {
    'packages/core/src/index.ts': { bytesInOutput: 5 },
    'node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/index.js': { bytesInOutput: 5 },
    'node_modules/.pnpm/pg@8.0.0/node_modules/pg/lib/client.js': { bytesInOutput: 5 },
    'node_modules/.pnpm/@aws-sdk+core@3.0.0/node_modules/@aws-sdk/core/index.js': { bytesInOutput: 1 },
    'node_modules/.pnpm/left-out@1.0.0/node_modules/left-out/index.js': { bytesInOutput: 0 },
  }
  const folders = packageFolders({ outputs: { 'main.cjs': { inputs } } })
  expect(folders.map(packageOf)).toEqual(['@aws-sdk/core', 'pg'])
  expect(folders[1]).toBe('node_modules/.pnpm/pg@8.0.0/node_modules/pg')
})
