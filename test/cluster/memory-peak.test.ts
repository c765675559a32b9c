import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryPeak } from './one-node/memory-peak.ts'
import { containerOf, Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

test.each([
  ['1', 'memory.max_usage_in_bytes 1024\nmemory.limit_in_bytes 4096\nmemory.failcnt 3\n'],
  ['2', 'memory.peak 1024\nmemory.max 4096\nmemory.events low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n'],
])('what was noted of a control group of version %s is read', (_, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-peaks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'peaks'))
  writeFileSync(join(folder, 'peaks/abc'), text)
  expect(memoryPeak(folder, 'none', 'containerd://abc')).toEqual({ bytes: 1024, limit: 4096, hits: 3 })
})

test('a container that takes 40 MiB and ends is seen to have taken them, and one beyond its limit to have met it', async () => {
  await using namespace = await Namespace.make(cluster, {})
  const container = (name: string, limit: string): string =>
    `{name: ${name}, image: 'busybox:1.37', command: [sh, -c, 'dd if=/dev/zero of=/dev/null bs=40M count=1; exit 0'], resources: {limits: {memory: ${limit}}}}`
  await namespace.apply(`apiVersion: v1
kind: Pod
metadata: {name: takes}
spec:
  restartPolicy: Never
  containers: [${container('roomy', '128Mi')}, ${container('tight', '20Mi')}]`)
  const pod = await namespace.untilEnded('takes')
  const [roomy, tight] = ['roomy', 'tight'].map((name) => cluster.memoryPeak(containerOf(pod, name)?.containerID ?? ''))
  expect(roomy).toMatchObject({ limit: 128 * 1024 * 1024, hits: 0 })
  expect(roomy?.bytes).toBeGreaterThan(40 * 1024 * 1024)
  expect(tight).toMatchObject({ limit: 20 * 1024 * 1024 })
  expect(tight?.hits).toBeGreaterThan(0)
})
