import { expect, test } from 'vitest'
import type { Container } from '../manifest/container-shape.ts'
import { BackOff } from './back-off.ts'
import { roleOf, shouldRestart } from './restart.ts'

type Case = [
  pod: 'Always' | 'OnFailure' | 'Never' | undefined,
  place: 'init' | 'main',
  own: Partial<Container>,
  restarted: readonly number[],
  done: readonly number[],
]

const onThree = { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [3] } }] } as const
const exceptTwo = {
  restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: [0, 2] } }],
} as const

test.each<Case>([
  [undefined, 'main', {}, [0, 1], []],
  ['Always', 'main', {}, [0, 1], []],
  ['OnFailure', 'main', {}, [1, 143], [0]],
  ['Never', 'main', {}, [], [0, 1]],
  ['Always', 'init', {}, [1], [0]],
  ['OnFailure', 'init', {}, [1], [0]],
  ['Never', 'init', {}, [], [0, 1]],
  ['Never', 'init', { restartPolicy: 'Always' }, [0, 1], []],
  ['Never', 'init', { restartPolicy: 'OnFailure' }, [1], [0]],
  ['Always', 'main', { restartPolicy: 'Never' }, [], [0, 1]],
  ['Never', 'main', { restartPolicy: 'Never', ...onThree }, [3], [0, 1]],
  ['Never', 'init', { restartPolicy: 'Never', ...onThree }, [3], [0, 1]],
  ['Always', 'main', { restartPolicy: 'Never', ...exceptTwo }, [1, 124], [0, 2]],
  ['Never', 'main', { restartPolicy: 'OnFailure', ...onThree }, [1, 3], [0]],
])('Pod %s, %s container %j: restarted after %j, done after %j', (restartPolicy, place, own, restarted, done) => {
  const container: Container = { name: 'c', image: 'i', ...own }
  const spec = { containers: [], ...(restartPolicy === undefined ? {} : { restartPolicy }) }
  const role = roleOf(container, place === 'init')
  for (const code of restarted) expect(shouldRestart(container, role, spec, code), `exit ${code}`).toBe(true)
  for (const code of done) expect(shouldRestart(container, role, spec, code), `exit ${code}`).toBe(false)
})

test('the back-off is at once, then 10 s doubling up to 5 min, and forgotten after 10 min', () => {
  const backOff = new BackOff(10_000)
  const delays = Array.from({ length: 8 }, () => backOff.delay(100) / 1_000)
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  expect(backOff.delay(600_000)).toBe(0)
  expect(backOff.delay(100)).toBe(10_000)
})
