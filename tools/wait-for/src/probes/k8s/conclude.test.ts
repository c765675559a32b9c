import { RefusedError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { expect, test } from 'vitest'
import { type Choice, conclude } from './conclude.ts'
import type { Finding } from './finding.ts'

const ready: Finding = { ready: ['a'], told: 'ready', leaving: false }
const waiting: Finding = { ready: [], told: new NotYet('pending', 'it is pending'), leaving: false }
const failed: Finding = { ready: [], told: new RefusedError('it has failed'), leaving: false }
const leaving: Finding = { ...failed, leaving: true }
const slice = (...endpoints: string[]): Finding => ({ ready: endpoints, told: '', leaving: false })
const by: Choice = {
  name: undefined,
  selector: 'app=x',
  min: undefined,
  service: false,
  plural: 'pods',
  where: ' in web',
}

test.each<[string, readonly Finding[], Partial<Choice>, string]>([
  ['none', [], {}, 'no pods match app=x in web'],
  ['no such name', [], { name: 'one' }, 'pods one does not exist in web'],
  ['one of a name', [ready], { name: 'one' }, 'ready'],
  ['one that waits', [waiting], { name: 'one' }, 'it is pending'],
  ['one that failed', [failed], { name: 'one' }, 'it has failed'],
  ['all', [ready, ready], {}, '2 ready'],
  ['not all', [ready, waiting], {}, '1 of 2 ready of the pods that match app=x; one: it is pending'],
  ['one failed for good', [ready, failed], {}, 'it has failed'],
  ['those that leave do not count', [ready, leaving], {}, '1 ready'],
  ['all leave', [leaving], {}, '0 of 0 ready of the pods that match app=x; one: it has failed'],
  ['enough', [ready, ready, waiting, failed], { min: 2 }, '2 ready'],
  ['not enough', [ready, failed], { min: 2 }, '1 of 2 ready of the pods that match app=x; one: it has failed'],
  ['no slices', [], { service: true, name: 's' }, 'there is no EndpointSlice of the Service s in web'],
  ['no endpoints', [slice()], { service: true, name: 's' }, 'the Service s has 0 ready endpoints, not 1'],
  ['an endpoint', [slice('u1'), slice('u1')], { service: true, name: 's' }, '1 ready endpoint'],
  ['endpoints', [slice('u1', 'u2')], { service: true, name: 's', min: 2 }, '2 ready endpoints'],
])('%s', (_, findings, choice, told) => {
  const outcome = (): string => {
    try {
      return conclude(findings, { ...by, ...choice })
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(outcome()).toBe(told)
})
