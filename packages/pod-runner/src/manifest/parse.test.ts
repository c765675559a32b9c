import { expect, test } from 'vitest'
import type { Manifest } from './manifest.ts'
import { manifestProblems as problems, parseManifest } from './parse.ts'

/** A Pod of one container; `spec` and `container` are lines of YAML, given without indentation. */
function podWith({ spec = '', container = '' }: { spec?: string; container?: string }): string {
  const indent = (text: string, by: number): string => text.trim().replaceAll(/^/gm, ' '.repeat(by))
  return `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
${indent(spec === '' ? 'restartPolicy: Never' : spec, 2)}
  containers:
  - name: main
    image: nginx
${indent(container === '' ? 'args: []' : container, 4)}
`
}

test('every problem is reported, each with its path', () => {
  const source = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostPID: true
  initContainers:
  - name: first
    image: busybox
    foo: 1
    env: [{name: COUNT, value: 3}]
  containers:
  - name: main
    resources: {limits: {memory: 64MB}}
---
kind: Gateway
`
  expect(problems(source)).toEqual([
    'Pod/web spec.hostPID: only false is supported by pod-runner: namespaces of this machine are not given to a Pod',
    'Pod/web spec.initContainers[0].foo: not understood by pod-runner',
    'Pod/web spec.initContainers[0].env[0].value: must be a string, not number 3',
    "Pod/web spec.containers[0].resources.limits.memory: '64MB' is not a quantity such as 64Mi, 1G, 100m or 0.5",
    'Pod/web spec.containers[0].image: is missing',
    'kind Gateway: not understood by pod-runner (known: Pod, Deployment, Job, ConfigMap, Secret, Service)',
  ])
})

test.each<[string, { spec?: string; container?: string }, string]>([
  [
    'a mount without its volume',
    { container: 'volumeMounts: [{name: data, mountPath: /data}]' },
    "spec.containers[0].volumeMounts[0].name: there is no volume 'data'",
  ],
  [
    'a mount at the root',
    { spec: 'volumes: [{name: v, emptyDir: {}}]', container: 'volumeMounts: [{name: v, mountPath: a/..}]' },
    "spec.containers[0].volumeMounts[0].mountPath: 'a/..' is the root, where nothing can be mounted",
  ],
  [
    'a subPath that leaves',
    {
      spec: 'volumes: [{name: v, emptyDir: {}}]',
      container: 'volumeMounts: [{name: v, mountPath: /v, subPath: a/../../b}]',
    },
    "spec.containers[0].volumeMounts[0].subPath: 'a/../../b' must be a relative path without '..'",
  ],
  [
    'a volume of two sources',
    { spec: 'volumes: [{name: v, emptyDir: {}, downwardAPI: {}}]' },
    'spec.volumes[0]: needs a name and exactly one source',
  ],
  [
    'a hostPath',
    { spec: 'volumes: [{name: v, hostPath: {path: /}}]' },
    'spec.volumes[0].hostPath: a folder of this machine is not given to a Pod by pod-runner (hint: use a configMap or an emptyDir)',
  ],
  [
    'an unknown ConfigMap',
    { container: 'env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}]' },
    "spec.containers[0].env[0].valueFrom.configMapKeyRef.name: there is no ConfigMap 'c' of namespace default in the manifest",
  ],
  [
    'an unknown field',
    { container: 'env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]' },
    "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: there is no field 'status.phase' for a variable",
  ],
  [
    'a projected secret that is not there',
    { spec: 'volumes: [{name: v, projected: {sources: [{secret: {name: s}}]}}]' },
    "spec.volumes[0].projected.sources[0].secret.name: there is no Secret 's' of namespace default in the manifest",
  ],
  [
    'a probe of nothing',
    { container: 'readinessProbe: {periodSeconds: 1}' },
    'spec.containers[0].readinessProbe: needs exactly one of exec, httpGet, tcpSocket and grpc',
  ],
  [
    'a port that has no name',
    { container: 'readinessProbe: {tcpSocket: {port: web}}' },
    "spec.containers[0].readinessProbe: there is no port called 'web'",
  ],
  [
    'root that must not be',
    { container: 'securityContext: {runAsNonRoot: true, runAsUser: 0}' },
    'spec.containers[0].securityContext: runAsNonRoot is true and runAsUser is 0',
  ],
  [
    'rules without a policy',
    { container: 'restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [3]}}]' },
    'spec.containers[0].restartPolicyRules: need a restartPolicy of the container for the exit codes that no rule names',
  ],
  [
    'a probe of an init container',
    { spec: 'initContainers: [{name: i, image: x, startupProbe: {exec: {command: [a]}}}]' },
    'spec.initContainers[0].startupProbe: only a sidecar (restartPolicy: Always) may have probes among the init containers',
  ],
  [
    'a name that is used twice',
    { spec: 'initContainers: [{name: main, image: x}]' },
    "spec.containers[0].name: 'main' is used twice",
  ],
  [
    'a token of an API server',
    { spec: 'automountServiceAccountToken: true' },
    'spec.automountServiceAccountToken: only false is supported by pod-runner: there is no API server here that could issue a token',
  ],
])('%s', (_name, parts, problem) => {
  expect(problems(podWith(parts))).toEqual([`Pod/web ${problem}`])
})

test('what only a cluster needs is a note', () => {
  const { notes } = parseManifest(
    `${podWith({ spec: 'tolerations: [{operator: Exists}]' })}\n---\nkind: ServiceAccount`,
  )
  expect(notes).toEqual([
    'Pod/web spec.tolerations: has no effect here (there is one machine to run on)',
    'ServiceAccount: has no effect here (there is no API server)',
  ])
})

test('numbers and booleans are read as kubectl reads them', () => {
  const { pods } = parseManifest(
    podWith({
      spec: 'volumes: [{name: v, downwardAPI: {defaultMode: 0440, items: []}}]\nenableServiceLinks: no',
      container: 'args: [2020-01-01, 12:30]',
    }),
  )
  const spec = pods[0]?.spec
  expect(spec?.volumes?.[0]?.downwardAPI?.defaultMode).toBe(0o440)
  expect(spec?.enableServiceLinks).toBe(false)
  expect(spec?.containers[0]?.args).toEqual(['2020-01-01', '12:30'])
})

test('data of Secrets is decoded, and stringData beats it', () => {
  const { secrets } = parseManifest(`${podWith({})}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: other}
data: {a: aGVsbG8=, b: b2xk}
stringData: {b: new}
`)
  const keys = secrets.get('other/s')
  expect([keys?.get('a')?.toString(), keys?.get('b')?.toString()]).toEqual(['hello', 'new'])
})

test('a Secret that is no base64 is refused without being shown', () => {
  const source = `${podWith({})}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {password: hunter2!}}`
  expect(problems(source)).toEqual([
    'Secret/s data.password: is not base64 (hint: a Secret takes plain text in stringData)',
  ])
})

const service = (ports: string): string => `
---
apiVersion: v1
kind: Service
metadata: {name: backend}
spec: {selector: {app: backend}, ports: ${ports}}
---
apiVersion: v1
kind: Pod
metadata: {name: b, labels: {app: backend}}
spec: {containers: [{name: b, image: b, ports: [{name: http, containerPort: 8080}]}]}
`

test.each([
  ['[{port: 8080}]', []],
  ['[{port: 8080, targetPort: http}]', []],
  [
    '[{port: 80, targetPort: http}]',
    ['Service/backend spec.ports[0].targetPort: 8080 differs from port 80, and pod-runner does not translate ports'],
  ],
  ['[{port: 80, targetPort: web}]', ["Service/backend spec.ports[0].targetPort: Pod/b has no port called 'web'"]],
])('a Service with ports %s', (ports, expected) => {
  expect(problems(`${podWith({})}${service(ports)}`)).toEqual(expected)
})

test('a Deployment is its Pods, a Job is one, a List is its items', () => {
  const template = '{metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}'
  const names = ({ pods }: Manifest): string[] => pods.map(({ metadata }) => metadata.name)
  expect(
    names(
      parseManifest(`
apiVersion: v1
kind: List
items:
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: a}}, template: ${template}}}
- apiVersion: batch/v1
  kind: Job
  metadata: {name: once}
  spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}
`),
    ),
  ).toEqual(['web-0', 'web-1', 'once'])
})

test.each([
  ['apiVersion: v1\nkind: [', /^not YAML: /],
  ['a: 1\na: 2', /^not YAML: /],
  ['a:\n  b: 1\n c: 2\n  d: 3\n e: 4', /^not YAML: .* at line 3, column 1$/],
  ['just text', /^a document must be a map/],
  ['', /^there is no Pod in the manifest$/],
])('%j is refused with a sentence', (source, expected) => {
  expect(problems(source)).toEqual([expect.stringMatching(expected)])
})
