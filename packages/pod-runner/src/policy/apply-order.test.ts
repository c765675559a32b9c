import { expect, test } from 'vitest'
import { applyOrderViolations } from './apply-order.ts'

const pod = '{kind: Pod, metadata: {name: web}, spec: {serviceAccountName: web}}'
const account = '{kind: ServiceAccount, metadata: {name: web}}'
const binding = '{kind: RoleBinding, metadata: {name: jobs}, subjects: [{kind: ServiceAccount, name: web}]}'
const foreign = '{kind: ServiceAccount, metadata: {name: other}}'

test.each([
  [[account, binding, pod, foreign], []],
  [[pod, foreign], []],
  [[account, '{kind: Pod, metadata: {name: plain}, spec: {}}', pod, '{kind: ConfigMap, metadata: {name: c}}'], []],
  [[pod, account], ['Pod/web: ServiceAccount/web must stand before it']],
  [[account, pod, binding], ['Pod/web: RoleBinding/jobs must stand before it']],
])('%j: %j', (documents, violations) => {
  expect(applyOrderViolations(documents.join('\n---\n'))).toEqual(violations)
})
