import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { parseCondition } from './expectation.ts'
import { type Expectation, find } from './finding.ts'
import { parseJsonPath } from './json-path.ts'
import { endpointSlices, knownResource, parseKind, type Resource } from './kinds.ts'

const of = (kind: string): Resource => {
  const resource = knownResource(parseKind(kind))
  if (resource === undefined) throw new Error(`unknown: ${kind}`)
  return resource
}
const plain: Expectation = { condition: [], exists: false, jsonpath: undefined }
const told = (resource: Resource, object: unknown, wanted = plain): string => {
  const found = find(resource, wanted, object)
  return typeof found.told === 'string' ? `ready: ${found.told}` : `${found.told.name}: ${found.told.message}`
}
const condition = (type: string, status: string, reason = '', message = '') => ({ type, status, reason, message })

// As in rollout_status_test.go of kubectl.
test.each([
  ['deployment', 1, { replicas: 1 }, { observedGeneration: 0 }, 'NotYet: its controller has not seen'],
  ['deployment', 1, { replicas: 1 }, { observedGeneration: 1, replicas: 1 }, 'NotYet: 0 of 1 replicas are updated'],
  [
    'deployment',
    1,
    { replicas: 1 },
    { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 2 },
    'NotYet: 1 old replicas are still there',
  ],
  [
    'deployment',
    1,
    { replicas: 2 },
    { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
    'NotYet: 1 of 2 updated replicas are available',
  ],
  [
    'deployment',
    1,
    { replicas: 2 },
    { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    'ready: 2 available',
  ],
  ['deployment', 1, { replicas: 0 }, { observedGeneration: 1 }, 'ready: 0 available'],
  [
    'deployment',
    1,
    { replicas: 1 },
    { observedGeneration: 1, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'late')] },
    'RefusedError: the rollout exceeded its progress deadline: late',
  ],
  [
    'deployment',
    2,
    { replicas: 1 },
    { observedGeneration: 1, conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] },
    'NotYet: its controller',
  ],
  [
    'deployment',
    1,
    { replicas: 1 },
    { observedGeneration: 1, conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')] },
    'NotYet: 0 of 1 replicas are updated (FailedCreate: quota)',
  ],
  ['statefulset', 1, { replicas: 3 }, { observedGeneration: 0 }, 'NotYet: its controller'],
  ['statefulset', 0, { replicas: 3 }, { observedGeneration: 0, readyReplicas: 3 }, 'NotYet: its controller'],
  ['statefulset', 1, { replicas: 3 }, { observedGeneration: 1, readyReplicas: 1 }, 'NotYet: 1 of 3 replicas are ready'],
  [
    'statefulset',
    1,
    { replicas: 4, updateStrategy: { rollingUpdate: { partition: 2 } } },
    { observedGeneration: 1, readyReplicas: 4, updatedReplicas: 1 },
    'NotYet: 1 of 2 replicas of the partition',
  ],
  [
    'statefulset',
    1,
    { replicas: 4, updateStrategy: { rollingUpdate: { partition: 2 } } },
    { observedGeneration: 1, readyReplicas: 4, updatedReplicas: 2 },
    'ready: 4 ready',
  ],
  [
    'statefulset',
    1,
    { replicas: 2 },
    { observedGeneration: 1, readyReplicas: 2, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    'NotYet: 1 replicas are updated',
  ],
  [
    'statefulset',
    1,
    { replicas: 2 },
    { observedGeneration: 1, readyReplicas: 2, currentRevision: 'b', updateRevision: 'b' },
    'ready: 2 ready',
  ],
  [
    'statefulset',
    1,
    { replicas: 2, updateStrategy: { type: 'OnDelete' } },
    { observedGeneration: 1 },
    'RefusedError: its update strategy',
  ],
  ['daemonset', 1, {}, { observedGeneration: 0 }, 'NotYet: its controller'],
  [
    'daemonset',
    1,
    {},
    { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 1 },
    'NotYet: 1 of 2 Pods are updated',
  ],
  [
    'daemonset',
    1,
    {},
    { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
    'NotYet: 1 of 2 updated Pods',
  ],
  [
    'daemonset',
    1,
    {},
    { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
    'ready: 2 available',
  ],
  [
    'daemonset',
    1,
    { updateStrategy: { type: 'OnDelete' } },
    { observedGeneration: 1 },
    'RefusedError: its update strategy',
  ],
])('%s of generation %i, %j, %j', (kind, generation, spec, status, outcome) => {
  expect(told(of(kind), { metadata: { name: 'x', generation }, spec, status })).toContain(outcome)
})

test.each([
  ['job', {}, { conditions: [condition('Complete', 'True')] }, 'ready: complete'],
  [
    'job',
    {},
    { conditions: [condition('Complete', 'False')] },
    'NotYet: the Job is not complete: 0 succeeded, 0 active',
  ],
  [
    'job',
    {},
    { conditions: [condition('Failed', 'True', 'DeadlineExceeded')] },
    'RefusedError: the Job has failed: DeadlineExceeded',
  ],
  ['job', { suspend: true }, {}, 'NotYet: the Job is suspended'],
  ['pod', {}, { phase: 'Running', conditions: [condition('Ready', 'True')] }, 'ready: ready'],
  [
    'pod',
    {},
    { phase: 'Running', conditions: [condition('Ready', 'False', 'ContainersNotReady', 'c')] },
    'NotYet: it is not ready: ContainersNotReady: c',
  ],
  [
    'pod',
    {},
    { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes')] },
    'NotYet: it is not scheduled: Unschedulable: 0/3 nodes',
  ],
  [
    'pod',
    {},
    { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] },
    'NotYet: it is not ready',
  ],
  [
    'pod',
    {},
    { phase: 'Running', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
    'NotYet: its container i waits: CrashLoopBackOff',
  ],
  ['pod', {}, { phase: 'Succeeded' }, 'RefusedError: the Pod has ended'],
  ['pod', {}, { phase: 'Failed', reason: 'Evicted', message: 'm' }, 'RefusedError: the Pod has failed: Evicted: m'],
])('%s with %j, %j', (kind, spec, status, outcome) => {
  expect(told(of(kind), { metadata: { name: 'x' }, spec, status })).toContain(outcome)
})

test('a Pod that is replaced under its own name, or being deleted, is not lost for good', () => {
  const owned = { name: 'db-0', ownerReferences: [{ kind: 'StatefulSet' }] }
  expect(told(of('pod'), { metadata: owned, status: { phase: 'Failed' } })).toContain('NotYet: the Pod has failed')
  const conditions = [condition('Ready', 'True')]
  const going = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: { phase: 'Running', conditions } }
  expect(told(of('pod'), going)).toBe('NotYet: terminating')
})

describe('what was asked for goes before what the kind calls ready', () => {
  const object = (status: unknown) => ({ metadata: { name: 'x', generation: 2 }, status })
  const wanted = (text: string): Expectation => ({ ...plain, condition: text.split(' ').map(parseCondition) })
  test.each([
    ['Ready', { conditions: [condition('ready', 'true')] }, 'ready: Ready=true'],
    ['Ready=False', { conditions: [condition('Ready', 'False')] }, 'ready: Ready=False'],
    [
      'Ready',
      { conditions: [condition('Ready', 'False', 'Busy', 'm')] },
      'NotYet: its condition Ready is False, not True: Busy: m',
    ],
    [
      'Ready Synced',
      { conditions: [condition('Ready', 'True'), condition('Synced', 'True')] },
      'ready: Ready=True, Synced=True',
    ],
    ['Ready Synced', { conditions: [condition('Ready', 'True')] }, 'NotYet: it has no condition Synced yet'],
    ['Ready', {}, 'NotYet: it has no condition Ready yet'],
    [
      'Ready',
      { observedGeneration: 1, conditions: [condition('Ready', 'True')] },
      'NotYet: it has no condition Ready yet',
    ],
    [
      'Ready',
      { conditions: [{ ...condition('Ready', 'True'), observedGeneration: 1 }] },
      'NotYet: it has no condition Ready yet',
    ],
    ['Ready', { conditions: [null, 1, 'x'] }, 'NotYet: it has no condition Ready yet'],
  ])('condition %s, %j', (text, status, outcome) => {
    expect(told(of('pod'), object(status), wanted(text))).toBe(outcome)
  })

  test('a failed Job will not be complete, however one asks', () => {
    const failed = object({ conditions: [condition('Failed', 'True')] })
    expect(told(of('job'), failed, wanted('Complete'))).toContain('RefusedError')
    expect(told(of('job'), failed, wanted('Failed'))).toBe('ready: Failed=True')
  })

  test('a JSON path; the words keep secrets', () => {
    const secret: Resource = { group: '', version: 'v1', plural: 'secrets', namespaced: true }
    const jsonpath = parseJsonPath('{.data.password}=abc')
    const wrong = told(secret, { data: { password: 'hunter2' } }, { ...plain, jsonpath })
    expect(wrong).toBe('NotYet: {.data.password} is another value, not abc')
    expect(told(secret, { data: { password: 'abc' } }, { ...plain, jsonpath })).toBe('ready: {.data.password}')
    const ready = { ...plain, jsonpath: parseJsonPath('{.status.containers[*].ready}=true') }
    expect(told(of('pod'), { status: { containers: [{ ready: true }, { ready: false }] } }, ready)).toContain(
      'is false',
    )
    expect(told(of('pod'), { status: { containers: [{ ready: true }, { ready: true }] } }, ready)).toContain('ready')
    expect(told(of('pod'), { status: { containers: [] } }, ready)).toContain('has no value yet')
  })
})

test('an EndpointSlice without a word on readiness is ready', () => {
  const endpoints = [
    { addresses: ['10.0.0.1'] },
    { addresses: ['10.0.0.2'], conditions: {} },
    { addresses: ['10.0.0.3'], conditions: { ready: false, serving: true } },
  ]
  expect(find(endpointSlices, plain, { endpoints }).ready).toEqual(['10.0.0.1', '10.0.0.2'])
})

test('no object is too strange', () => {
  const kinds = ['pod', 'job', 'deployment', 'statefulset', 'daemonset'].map(of)
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.record({ metadata: fc.jsonValue(), spec: fc.jsonValue(), status: fc.jsonValue() }),
    fc.record({ status: fc.record({ phase: fc.jsonValue(), conditions: fc.array(fc.jsonValue()) }) }),
  )
  const wanted = [plain, { ...plain, condition: [parseCondition('Ready')], jsonpath: parseJsonPath('{.status.*}') }]
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds, endpointSlices),
      strange,
      fc.constantFrom(...wanted),
      (kind, object, each) => {
        expect(find(kind, each, object)).toHaveProperty('told')
      },
    ),
  )
})
