import { expect, test } from 'vitest'
import { parseManifest } from '../manifest/parse.ts'
import { planContainer, type Mount } from './container-plan.ts'
import { ConfigError } from './sandbox.ts'

const facts = { podIps: ['10.0.0.7'], hostIps: ['10.0.0.1'], nodeName: 'n', allocatable: { cpus: 2, memory: 1e9 } }

/** The only mount of a container that sees `WHERE` in its environment. */
function mountOf(mount: string, where: string): Mount | undefined {
  const manifest = parseManifest(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: main
    image: nginx
    env: [{name: WHERE, value: '${where}'}]
    volumeMounts: [{name: v, mountPath: /v/, ${mount}}]
  volumes: [{name: v, emptyDir: {}}]`)
  const [pod] = manifest.pods
  const [container] = pod?.spec.containers ?? []
  if (pod === undefined || container === undefined) throw new Error('the manifest has a Pod with a container')
  return planContainer(container, 0, { pod, facts, objects: manifest, links: [] }).mounts[0]
}

test.each([
  ['readOnly: false', 'x', ''],
  ['subPath: a/./b/', 'x', 'a/b'],
  ['subPath: $(WHERE)', 'x', '$(WHERE)'],
  ['subPathExpr: logs/$(WHERE)', 'web-0', 'logs/web-0'],
  ['subPathExpr: $(WHERE)', '.', ''],
  ['subPathExpr: $$(WHERE)', 'x', '$(WHERE)'],
])('%s with WHERE=%s mounts %j', (mount, where, subPath) => {
  expect(mountOf(mount, where)).toEqual({ volume: 'v', subPath, target: '/v', readOnly: false })
})

test.each(['..', '../other', 'a/../../b', '/etc'])(
  'a subPathExpr that a variable makes %s leaves the volume',
  (where) => {
    expect(() => mountOf('subPathExpr: $(WHERE)', where)).toThrow(
      new ConfigError(`subPath '${where}' of volume v leaves the volume`),
    )
  },
)
