import { expect, test } from 'vitest'
import { parseManifest } from '../manifest/parse.ts'
import { containerEnvironment } from './container-environment.ts'
import { fieldFile, fieldValue } from './field-ref.ts'
import { apiServerLinks, serviceLinks } from './service-links.ts'
import { serviceNames } from './service-names.ts'

const manifest = parseManifest(`
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  uid: "1234"
  labels: {app: web, tier: front}
  annotations: {note: 'say "hi"'}
spec:
  serviceAccountName: robot
  containers:
  - name: main
    image: nginx
    resources: {limits: {memory: 64Mi, cpu: 1500m}, requests: {cpu: 100m}}
    envFrom:
    - {configMapRef: {name: settings}}
    - {prefix: S_, secretRef: {name: keys}}
    - {configMapRef: {name: missing, optional: true}}
    env:
    - {name: COLOR, value: blue}
    - {name: GREETING, value: $(COLOR) $(LATER) $$(COLOR) $(S_token) $(BACKEND_SERVICE_HOST)}
    - {name: LATER, value: x}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}
    - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
    - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: ABSENT, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['absent']"}}}
    - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: REQUESTED, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}
    - {name: REQUESTED_MEMORY, valueFrom: {resourceFieldRef: {resource: requests.memory}}}
    - {name: MAYBE, valueFrom: {configMapKeyRef: {name: settings, key: nope, optional: true}}}
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: keys, key: token}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {COLOR: red, SIZE: xl}}
---
{apiVersion: v1, kind: Secret, metadata: {name: keys, namespace: shop}, stringData: {token: t0k}}
---
apiVersion: v1
kind: Service
metadata: {name: backend, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
`)
const [pod] = manifest.pods
const [service] = manifest.services
if (pod === undefined || service === undefined) throw new Error('the manifest has a Pod and a Service')

const facts = {
  podIps: ['10.0.0.7', 'fd00::7'],
  hostIps: ['10.0.0.1'],
  nodeName: 'node-1',
  allocatable: { cpus: 4, memory: 8_000_000_000 },
}

test('variables come in the order of the kubelet, and the last one wins', () => {
  const [container] = pod.spec.containers
  if (container === undefined) throw new Error('the Pod has a container')
  const links = serviceLinks(service, '10.0.0.9')
  const variables = containerEnvironment(container, { pod, facts, objects: manifest, links, extra: [['SIZE', 'xs']] })
  expect(Object.fromEntries([...variables].filter(([name]) => !name.startsWith('BACKEND')))).toEqual({
    COLOR: 'blue',
    SIZE: 'xs',
    S_token: 't0k',
    GREETING: 'blue $(LATER) $(COLOR) t0k 10.0.0.9',
    LATER: 'x',
    IP: '10.0.0.7',
    IPS: '10.0.0.7,fd00::7',
    HOST: '10.0.0.1',
    APP: 'web',
    ABSENT: '',
    ACCOUNT: 'robot',
    MEMORY: '64',
    CPUS: '2',
    REQUESTED: '100',
    REQUESTED_MEMORY: '67108864',
    TOKEN: 't0k',
  })
})

test('a Service gives the variables that Docker links once gave', () => {
  expect(Object.fromEntries(serviceLinks(service, '10.0.0.9'))).toEqual({
    BACKEND_SERVICE_HOST: '10.0.0.9',
    BACKEND_SERVICE_PORT: '8080',
    BACKEND_SERVICE_PORT_HTTP: '8080',
    BACKEND_PORT: 'tcp://10.0.0.9:8080',
    BACKEND_PORT_8080_TCP: 'tcp://10.0.0.9:8080',
    BACKEND_PORT_8080_TCP_PROTO: 'tcp',
    BACKEND_PORT_8080_TCP_PORT: '8080',
    BACKEND_PORT_8080_TCP_ADDR: '10.0.0.9',
  })
  expect(serviceLinks({ ...service, spec: { ...service.spec, clusterIP: 'None' } }, '10.0.0.9')).toEqual([])
  expect(serviceLinks(service, undefined)).toEqual([])
})

test('enableServiceLinks: false leaves the variables of Services out, and only them', () => {
  const [container] = pod.spec.containers
  if (container === undefined) throw new Error('the Pod has a container')
  const sources = { facts, objects: manifest, links: serviceLinks(service, '10.0.0.9'), apiServer: apiServerLinks }
  const unlinked = { ...pod, spec: { ...pod.spec, enableServiceLinks: false } }
  const [all, some] = [pod, unlinked].map((each) => [
    ...containerEnvironment(container, { ...sources, pod: each }).keys(),
  ])
  expect(some).toEqual(all?.filter((name) => !name.startsWith('BACKEND_')))
  expect(all).toContain('BACKEND_SERVICE_HOST')
})

test('a Service has four names', () => {
  expect(serviceNames(service)).toEqual([
    'backend',
    'backend.shop',
    'backend.shop.svc',
    'backend.shop.svc.cluster.local',
  ])
})

test('a downward-API file has whole maps as quoted lines', () => {
  expect(fieldFile('metadata.labels', pod, facts)).toBe('app="web"\ntier="front"')
  expect(fieldFile('metadata.annotations', pod, facts)).toBe(String.raw`note="say \"hi\""`)
  expect(fieldFile('metadata.uid', pod, facts)).toBe('1234')
})

test('there are no fields beyond the documented ones', () => {
  for (const path of ['status.phase', 'toString', 'metadata.labels', '__proto__', 'spec']) {
    expect(fieldValue(path, pod, facts)).toBeUndefined()
  }
})

test('those of the API server are there without links too, and one given on the command line beats them', () => {
  const [container] = pod.spec.containers
  if (container === undefined) throw new Error('the Pod has a container')
  const without = { ...pod, spec: { ...pod.spec, enableServiceLinks: false } }
  const sources = {
    pod: without,
    facts,
    objects: manifest,
    links: serviceLinks(service, '10.0.0.9'),
    apiServer: apiServerLinks,
  }
  const variables = containerEnvironment(container, { ...sources, extra: [['KUBERNETES_SERVICE_HOST', '10.0.0.1']] })
  expect(variables.has('BACKEND_SERVICE_HOST')).toBe(false)
  expect(variables.get('KUBERNETES_PORT')).toBe('tcp://192.0.2.1:443')
  expect(variables.get('KUBERNETES_SERVICE_PORT_HTTPS')).toBe('443')
  expect(variables.get('KUBERNETES_SERVICE_HOST')).toBe('10.0.0.1')
})

test('the node is the one that the manifest names', () => {
  const named = { ...pod, spec: { ...pod.spec, nodeName: 'chosen' } }
  expect(fieldValue('spec.nodeName', named, facts)).toBe('chosen')
  expect(fieldValue('spec.nodeName', pod, facts)).toBe('node-1')
})
