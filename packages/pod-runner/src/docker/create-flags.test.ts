import { expect, test } from 'vitest'
import { planContainer, type ContainerPlan } from '../kubelet/container-plan.ts'
import { parseManifest } from '../manifest/parse.ts'
import { clientListensTo, createFlags, mountFlag } from './create-flags.ts'

/** The plan of a Pod's only container. */
function planOf(pod: string, container: string): ContainerPlan {
  const manifest = parseManifest(`{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {${pod}
    containers: [{name: main, image: i, ${container}}]}}`)
  const [first] = manifest.pods
  const only = first?.spec.containers[0]
  if (first === undefined || only === undefined) throw new Error('the manifest has a Pod of one container')
  const facts = { podIps: [], hostIps: [], nodeName: 'n', allocatable: { cpus: 1, memory: 1 } }
  return planContainer(only, 0, { pod: first, facts, objects: manifest, links: [] })
}

/** The flags that differ from those of a container of which nothing is asked. */
function flags(pod: string, container: string, imageUser = ''): readonly string[] {
  const place = { name: 'n', image: 'image', imageUser, pause: 'p', labels: [], mounts: [] }
  const plain = new Set(createFlags(planOf('', ''), place, new Set()))
  return createFlags(planOf(pod, container), place, new Set(['SECRET'])).filter(
    (flag) => flag === '--env' || !plain.has(flag),
  )
}

test.each([
  ['command: [a, b], args: [c]', ['--entrypoint', 'a', 'b', 'c']],
  ['command: [a]', ['--entrypoint', 'a']],
  ['args: [c, d]', ['c', 'd']],
  ['command: [], args: []', []],
])('%s replaces ENTRYPOINT and CMD as Kubernetes does', (container, expected) => {
  expect(flags('', container)).toEqual(expected)
})

test('the security context of the container beats that of the Pod', () => {
  const pod = 'securityContext: {runAsUser: 1000, runAsGroup: 1001, fsGroup: 2000, supplementalGroups: [3000]},'
  expect(flags(pod, 'securityContext: {runAsUser: 1}')).toEqual([
    '--user',
    '1:1001',
    '--group-add',
    '3000',
    '--group-add',
    '2000',
  ])
  expect(
    flags(
      '',
      'securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}',
    ),
  ).toEqual([
    '--read-only',
    '--cap-drop',
    'ALL',
    '--cap-add',
    'NET_BIND_SERVICE',
    '--security-opt',
    'no-new-privileges',
  ])
  expect(flags('', 'securityContext: {seccompProfile: {type: Unconfined}}')).toEqual([
    '--security-opt',
    'seccomp=unconfined',
  ])
})

test('a group alone keeps the user of the image', () => {
  expect(flags('', 'securityContext: {runAsGroup: 5}', 'nginx:nginx')).toEqual(['--user', 'nginx:5'])
  expect(flags('', 'securityContext: {runAsGroup: 5}')).toEqual(['--user', '0:5'])
})

test('limits are limits, without swap', () => {
  expect(flags('', 'resources: {limits: {memory: 64Mi, cpu: 250m}}')).toEqual(
    '--memory 67108864 --memory-swap 67108864 --cpus 0.25 --cpu-shares 256'.split(' '),
  )
  expect(flags('', 'resources: {requests: {cpu: 1m, memory: 1Gi}}')).toEqual(['--cpu-shares', '2'])
})

test('values of variables stay out of the arguments where they can', () => {
  expect(flags('', 'env: [{name: SECRET, value: hunter2}, {name: PATH, value: /bin}]')).toEqual([
    '--env',
    'SECRET',
    '--env',
    'PATH=/bin',
  ])
  expect(['PATH', 'DOCKER_HOST', 'https_proxy', 'HOME'].map(clientListensTo)).toEqual([true, true, true, true])
  expect(clientListensTo('VAULT_TOKEN_OF_THIS_TEST')).toBe(false)
})

test('mounts survive commas and quotes', () => {
  const mount = { type: 'volume', source: 'v', target: '/a,"b', readOnly: true } as const
  expect(mountFlag(mount)).toBe('type=volume,source=v,"target=/a,""b",readonly,volume-nocopy')
  expect(mountFlag({ ...mount, type: 'bind', target: '/a', readOnly: false })).toBe('type=bind,source=v,target=/a')
})
