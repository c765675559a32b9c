import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mustRun } from '@initbox/engine/command'
import { expect, onTestFinished, test } from 'vitest'
import { cluster } from './this-cluster.ts'

/** The environment of somebody whose kubectl has this cluster as its current context; `more` are flags of every call. */
function withKubectl(...more: readonly string[]): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(tmpdir(), 'initbox-kubectl-'))
  onTestFinished(() => rmSync(bin, { recursive: true }))
  const [program, words] = cluster.kubectlCommand(...more)
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec ${[program, ...words].join(' ')} "$@"\n`)
  chmodSync(join(bin, 'kubectl'), 0o755)
  return { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
}

/** Whether a namespace of a demo is there and is to stay. */
const stays = async (namespace: string): Promise<boolean> => {
  const flags = ['--ignore-not-found', '-o', 'jsonpath={.status.phase}']
  return (await cluster.kubectl('get', 'namespace', namespace, ...flags)) === 'Active'
}

test('npm run demo -- --cluster shows its page on the cluster of the current context, and deletes its namespace', async () => {
  const text = await mustRun('npm', ['run', 'demo', '--', '--cluster'], { env: withKubectl() })
  expect(text).toMatch(/wait-for-api: http api:8080: (.* → )?ready \(200 OK\), .*\n/)
  expect(text).toMatch(/<p>Hello, World! Your Pod IP is: 10\.[\d.]+<\/p>/)
  const [, namespace = ''] = /the namespace (initbox-demo-\d+) is deleted/.exec(text) ?? []
  expect(await stays(namespace)).toBe(false)
})

test('Ctrl-C ends it with 130, and its namespace is deleted', async () => {
  // As from a terminal: to the script and all that it has started; npm would hide its code.
  const script = join(import.meta.dirname, '../../packages/scripts/run.mjs')
  const child = spawn(process.execPath, [script, 'demo', '--cluster'], { env: withKubectl(), detached: true })
  const closed = once(child, 'close')
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
  while (!text.includes('pod/web created')) {
    if (child.exitCode !== null) throw new Error(text)
    await sleep(20)
  }
  const [namespace = ''] = (await cluster.kubectl('get', 'namespaces', '-o', 'name')).match(/initbox-demo-\d+$/m) ?? []
  process.kill(-(child.pid ?? 0), 'SIGINT')
  expect(await closed).toEqual([130, null])
  expect(text).toContain('demo: interrupted; what it had started is removed')
  expect(await stays(namespace)).toBe(false)
})

test.each([
  ['refuses', 'https://10.85.0.1:1', /was refused/],
  ['says nothing', 'https://10.85.255.254:6443', /no route to host|timeout|deadline/i],
])('a context whose cluster %s is told in a sentence', async (_, server, why) => {
  const child = spawn('npm', ['run', 'demo', '--', '--cluster'], { env: withKubectl(`--server=${server}`) })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(text).toMatch(
    /^demo: the cluster it does not answer: .* \(hint: start it, or kubectl config use-context NAME\)$/m,
  )
  expect(text).toMatch(why)
})
