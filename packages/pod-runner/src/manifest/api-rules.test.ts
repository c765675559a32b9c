import { expect, test } from 'vitest'
import { manifestProblems } from './parse.ts'
import { refusedSpecs } from './refused-pods.ts'

const problems = (spec: string, metadata = ''): readonly string[] =>
  manifestProblems(`{apiVersion: v1, kind: Pod, metadata: {name: web${metadata}}, spec: {${spec}}}`)

test.each(Object.entries(refusedSpecs))('%s is refused, as the API server does', (_, spec) => {
  expect(problems(spec)).toHaveLength(1)
})

test('what the server fills in is no mistake', () => {
  const probe = '{exec: {command: [x]}, periodSeconds: 0, timeoutSeconds: 0, successThreshold: 0, failureThreshold: 0}'
  const spec = `hostname: "", subdomain: "", volumes: [{name: v}],
    containers: [{name: main, image: i, livenessProbe: ${probe}, volumeMounts: [{name: v, mountPath: relative}]}]`
  expect(problems(spec)).toEqual([])
})

test('so is a label that is none; and what fits is not', () => {
  expect(problems('containers: [{name: main, image: i}]', ', labels: {a: "b c"}')).toEqual([
    expect.stringContaining("metadata.labels.a: 'b c' is no label"),
  ])
  const ports = '[{name: http, containerPort: 80}, {name: h-2, containerPort: 81}]'
  const spec = `securityContext: {runAsUser: 2147483647}, hostname: web-1, activeDeadlineSeconds: 1,
    containers: [{name: main, image: i, ports: ${ports}, resources: {requests: {cpu: 1}, limits: {cpu: 1}}}]`
  expect(problems(spec, ', labels: {a: "", b: x.y_z-1}')).toEqual([])
})
