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

test('a container that takes 40 MiB and ends is seen to have taken them', async () => {
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(`apiVersion: v1
kind: Pod
metadata: {name: takes}
spec:
  restartPolicy: Never
  containers:
    - name: main
      image: busybox:1.37
      command: [dd, if=/dev/zero, of=/dev/null, bs=40M, count=1]
      resources: {limits: {memory: 128Mi}}`)
  const pod = await namespace.untilEnded('takes')
  const { bytes, limit } = cluster.memoryPeak(containerOf(pod, 'main')?.containerID ?? '')
  expect(limit).toBe(128 * 1024 * 1024)
  expect(bytes).toBeGreaterThan(40 * 1024 * 1024)
})
