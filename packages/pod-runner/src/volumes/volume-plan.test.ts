import { expect, test } from 'vitest'
import { parseManifest } from '../manifest/parse.ts'
import type { VolumePlan } from './tree.ts'
import { planVolume, realPath } from './volume-plan.ts'

function plans(volumes: string, fsGroup = ''): readonly VolumePlan[] {
  const manifest = parseManifest(`
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  securityContext: {${fsGroup}}
  volumes: ${volumes}
  containers: [{name: main, image: nginx, resources: {limits: {memory: 1Mi}}}]
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {one: "1", two: "2"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {password: hunter2}}
`)
  const [pod] = manifest.pods
  if (pod === undefined) throw new Error('the manifest has a Pod')
  const facts = { podIps: [], hostIps: [], nodeName: 'n', allocatable: { cpus: 1, memory: 1 } }
  return (pod.spec.volumes ?? []).map((volume) => planVolume(volume, { pod, facts, objects: manifest, links: [] }))
}

/** `path mode content` of each node, as `ls` would show it. */
function listing({ nodes }: VolumePlan): readonly string[] {
  return nodes.map((node) => {
    if (node.kind === 'symlink') return `${node.path} -> ${node.target}`
    return `${node.path || '.'} ${node.mode.toString(8)}${node.kind === 'file' ? ` ${node.content.toString()}` : ''}`
  })
}

test('an emptyDir is open to all, on disk or in memory', () => {
  const [disk, memory] = plans('[{name: a, emptyDir: {sizeLimit: 1Mi}}, {name: b, emptyDir: {medium: Memory}}]')
  expect(disk).toMatchObject({ memory: false, sizeLimit: 1_048_576, readOnly: false })
  expect(disk && listing(disk)).toEqual(['. 777'])
  expect(memory).toMatchObject({ memory: true, sizeLimit: undefined })
})

test('a ConfigMap is files behind ..data', () => {
  const [plan] = plans(
    '[{name: a, configMap: {name: c, defaultMode: 0400, items: [{key: one, path: deep/er/1, mode: 0600}, {key: two, path: "2"}]}}]',
  )
  expect(plan && listing(plan)).toEqual([
    '. 777',
    '..generation_1 755',
    '..generation_1/deep 755',
    '..generation_1/deep/er 755',
    '..generation_1/deep/er/1 600 1',
    '..generation_1/2 400 2',
    '..data -> ..generation_1',
    'deep -> ..data/deep',
    '2 -> ..data/2',
  ])
  expect(plan).toMatchObject({ readOnly: true, memory: true })
  expect(plan && realPath(plan, 'deep/er/1')).toBe('..generation_1/deep/er/1')
})

test('fsGroup adds what the group needs', () => {
  const [empty, secret] = plans(
    '[{name: e, emptyDir: {}}, {name: s, secret: {secretName: s, defaultMode: 0400}}]',
    'fsGroup: 2000',
  )
  expect(empty && listing(empty)).toEqual(['. 2777'])
  expect(secret && listing(secret)).toEqual([
    '. 3777',
    '..generation_1 2755',
    '..generation_1/password 440 hunter2',
    '..data -> ..generation_1',
    'password -> ..data/password',
  ])
})

test('a projected volume joins its sources, the later one winning', () => {
  const [plan] = plans(`
  - name: p
    projected:
      sources:
      - configMap: {name: c}
      - secret: {name: s, items: [{key: password, path: one}]}
      - downwardAPI:
          items:
          - {path: labels, fieldRef: {fieldPath: metadata.labels}}
          - {path: memory, resourceFieldRef: {containerName: main, resource: limits.memory}}
      - configMap: {name: missing, optional: true}
`)
  expect(plan && listing(plan).filter((line) => line.includes('generation_1/'))).toEqual([
    '..generation_1/one 644 hunter2',
    '..generation_1/two 644 2',
    '..generation_1/labels 644 app="web"',
    '..generation_1/memory 644 1048576',
  ])
})
