const container = (more: string): string => `containers: [{name: main, image: i, ${more}}]`
const v = 'volumes: [{name: v, emptyDir: {}}]'

/** Specs that the API server refuses, by what is wrong; for tests of pod-runner, and of a real API server in test/cluster. */
export const refusedSpecs: Readonly<Record<string, string>> = {
  'four name servers': `dnsConfig: {nameservers: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]}, ${container('')}`,
  'a host alias of no address': `hostAliases: [{ip: 300.1.1.1, hostnames: [a]}], ${container('')}`,
  'a host name with capitals and dots': `hostname: A.b, ${container('')}`,
  'a deadline of nothing': `activeDeadlineSeconds: 0, ${container('')}`,
  'a volume that is no label': `volumes: [{name: V_1, emptyDir: {}}], ${container('')}`,
  'white space around an image': 'containers: [{name: main, image: " a"}]',
  'no image': 'containers: [{name: main, image: ""}]',
  'more requested than allowed': container('resources: {requests: {memory: 2Mi}, limits: {memory: 1Mi}}'),
  'a port name of digits': container('ports: [{name: "80", containerPort: 80}]'),
  'a long port name': container('ports: [{name: abcdefghijklmnop, containerPort: 80}]'),
  'a port name with capitals': container('ports: [{name: Http, containerPort: 80}]'),
  'a port name twice': container('ports: [{name: a, containerPort: 80}, {name: a, containerPort: 81}]'),
  'a port beyond the last': container('ports: [{containerPort: 65536}]'),
  'a probe of no command': container('livenessProbe: {exec: {command: []}}'),
  'a probe before its time': container('livenessProbe: {exec: {command: [x]}, initialDelaySeconds: -1}'),
  'a readiness probe that ends': container('readinessProbe: {exec: {command: [x]}, terminationGracePeriodSeconds: 5}'),
  'a field of another version': container(
    'env: [{name: A, valueFrom: {fieldRef: {apiVersion: v2, fieldPath: metadata.name}}}]',
  ),
  'a label that cannot be': container(`env: [{name: A, valueFrom: {fieldRef: {fieldPath: "metadata.labels['a b']"}}}]`),
  'processors by twos': container(
    'env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: "2"}}}]',
  ),
  'a path that leaves': `${container('volumeMounts: [{name: v, mountPath: /a, subPathExpr: ../x}]')}, ${v}`,
  'a user beyond the last': container('securityContext: {runAsUser: 4294967296}'),
  'a user before the first': container('securityContext: {runAsUser: -1}'),
  'a group of the Pod beyond the last': `securityContext: {fsGroup: 4294967296}, ${container('')}`,
  'an octal number for a text': container('env: [{name: A, value: 0o17}]'),
}
