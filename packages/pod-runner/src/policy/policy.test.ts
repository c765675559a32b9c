import { expect, test } from 'vitest'
import { readYaml } from '../manifest/read-yaml.ts'
import { schemaViolations } from './kubernetes-schema.ts'
import { restrictedViolations } from './restricted.ts'

const ok = 'allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}'
const podContext = 'runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}'

type Parts = {
  readonly pod?: string
  readonly context?: string
  readonly security?: string
  readonly container?: string
}

function violations({ pod = '', context = podContext, security = ok, container = '' }: Parts): readonly string[] {
  const source = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {${pod} securityContext: {${context}},
    containers: [{name: main, image: i, ${container} securityContext: {${security}}}]}}`
  return readYaml(source).flatMap(restrictedViolations)
}

test('a Pod that keeps every control has no violation', () => {
  expect(violations({})).toEqual([])
  expect(violations({ security: `${ok}, runAsUser: 65532` })).toEqual([])
  expect(violations({ context: '', security: `${ok}, ${podContext}` })).toEqual([])
  expect(
    violations({ security: 'allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}' }),
  ).toEqual([])
})

const at = 'spec.containers[0].securityContext'

test.each<[string, Parts, readonly string[]]>([
  [
    'host namespaces',
    { pod: 'hostNetwork: true, hostPID: true, hostIPC: true,' },
    ['spec.hostNetwork: must be false', 'spec.hostPID: must be false', 'spec.hostIPC: must be false'],
  ],
  [
    'hostPath',
    { pod: 'volumes: [{name: a, emptyDir: {}}, {name: b, hostPath: {path: /}}],' },
    [
      'spec.volumes[1].hostPath: volumes of this kind are not allowed, only configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret',
    ],
  ],
  [
    'other volumes',
    { pod: 'volumes: [{name: b, nfs: {server: a, path: /}}],' },
    [expect.stringMatching(/^spec\.volumes\[0\]\.nfs: /)],
  ],
  [
    'hostPort',
    { container: 'ports: [{containerPort: 1, hostPort: 1}],' },
    ['spec.containers[0].ports[0].hostPort: must not be set'],
  ],
  ['privileged', { security: `${ok}, privileged: true` }, [`${at}.privileged: must be false`]],
  ['capabilities kept', { security: 'allowPrivilegeEscalation: false' }, [`${at}.capabilities.drop: must include ALL`]],
  [
    'capabilities added',
    { security: 'allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_ADMIN]}' },
    [`${at}.capabilities.add: SYS_ADMIN is not allowed, only NET_BIND_SERVICE is`],
  ],
  [
    'privilege escalation',
    { security: 'capabilities: {drop: [ALL]}' },
    [`${at}.allowPrivilegeEscalation: must be false`],
  ],
  [
    'runAsNonRoot missing',
    { context: 'seccompProfile: {type: RuntimeDefault}' },
    [`${at}.runAsNonRoot: must be true here or for the Pod`],
  ],
  [
    'runAsNonRoot undone',
    { security: `${ok}, runAsNonRoot: false` },
    [`${at}.runAsNonRoot: must be true`, `${at}.runAsNonRoot: must be true here or for the Pod`],
  ],
  [
    'runAsUser 0 of the Pod',
    { context: `${podContext}, runAsUser: 0` },
    ['spec.securityContext.runAsUser: must not be 0'],
  ],
  ['runAsUser 0', { security: `${ok}, runAsUser: 0` }, [`${at}.runAsUser: must not be 0`]],
  [
    'no seccomp',
    { context: 'runAsNonRoot: true' },
    [`${at}.seccompProfile.type: must be RuntimeDefault or Localhost, here or for the Pod`],
  ],
  [
    'seccomp unconfined',
    { security: `${ok}, seccompProfile: {type: Unconfined}` },
    [`${at}.seccompProfile.type: must be RuntimeDefault or Localhost`],
  ],
  [
    'AppArmor',
    { security: `${ok}, appArmorProfile: {type: Unconfined}` },
    [`${at}.appArmorProfile.type: must be RuntimeDefault or Localhost`],
  ],
  ['procMount', { security: `${ok}, procMount: Unmasked` }, [`${at}.procMount: must be Default`]],
  [
    'SELinux',
    { security: `${ok}, seLinuxOptions: {type: spc_t, user: u, role: r}` },
    [
      `${at}.seLinuxOptions.type: must be one of container_t, container_init_t, container_kvm_t, container_engine_t`,
      `${at}.seLinuxOptions.user: must not be set`,
      `${at}.seLinuxOptions.role: must not be set`,
    ],
  ],
  [
    'sysctls',
    {
      context: `${podContext}, sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}, {name: kernel.msgmax, value: "1"}]`,
    },
    ['spec.securityContext.sysctls[1]: kernel.msgmax is not a safe sysctl'],
  ],
  [
    'hostProcess',
    { security: `${ok}, windowsOptions: {hostProcess: true}` },
    [`${at}.windowsOptions.hostProcess: must be false`],
  ],
  [
    'a host of a probe',
    { container: 'livenessProbe: {httpGet: {port: 1, host: metadata}},' },
    ['spec.containers[0].livenessProbe.httpGet.host: must not be set'],
  ],
])('%s', (_name, parts, expected) => {
  expect(violations(parts)).toEqual(expected)
})

test('init containers and Pod templates are checked too', () => {
  const spec = `{initContainers: [{name: i, image: i, securityContext: {${podContext}, capabilities: {drop: [ALL]}}}], containers: []}`
  const source = `{kind: Deployment, spec: {template: {metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/i: unconfined}}, spec: ${spec}}}}`
  expect(readYaml(source).flatMap(restrictedViolations)).toEqual([
    'spec.template.spec: annotation container.apparmor.security.beta.kubernetes.io/i must be runtime/default or localhost/…',
    'spec.template.spec.initContainers[0].securityContext.allowPrivilegeEscalation: must be false',
  ])
})

test('what is no Pod at all is no reason to fail', () => {
  for (const value of [null, 3, 'text', [], { spec: null }, { spec: { containers: 'x', volumes: {} } }]) {
    expect(restrictedViolations(value)).toEqual([])
  }
})

test('the schema of Kubernetes is asked', () => {
  const pod = (container: string): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [${container}]}}`
  expect(schemaViolations(pod('{name: a, image: i}'))).toEqual([])
  expect(schemaViolations(pod('{name: 3, image: i}'))).toEqual([
    expect.stringContaining('spec/containers/0/name must be string'),
  ])
  expect(schemaViolations('{apiVersion: apps/v1, kind: Pod}')).toEqual(['Pod: apiVersion must be v1'])
  expect(schemaViolations('{apiVersion: v1, kind: Gateway}')).toEqual(['kind Gateway: there is no schema for it here'])
})
