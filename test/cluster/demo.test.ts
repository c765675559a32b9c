import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { expect, onTestFinished, test } from 'vitest'
import { cluster } from './this-cluster.ts'

test('npm run demo -- --cluster shows its page on the cluster of the current context, and deletes its namespace', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'initbox-kubectl-'))
  onTestFinished(() => rmSync(bin, { recursive: true }))
  const [program, words] = cluster.kubectlCommand()
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec ${[program, ...words].join(' ')} "$@"\n`)
  chmodSync(join(bin, 'kubectl'), 0o755)

  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
  const text = await mustRun('npm', ['run', 'demo', '--', '--cluster'], { env })
  expect(text).toMatch(/wait-for-api: http api:8080: ready \(200 OK\), .*\n/)
  expect(text).toMatch(/<p>Hello, World! Your Pod IP is: 10\.[\d.]+<\/p>/)
  const [, namespace = ''] = /the namespace (initbox-demo-\d+) is deleted/.exec(text) ?? []
  const left = await cluster.kubectl(
    'get',
    'namespace',
    namespace,
    '--ignore-not-found',
    '-o',
    'jsonpath={.status.phase}',
  )
  expect(['', 'Terminating']).toContain(left)
})
