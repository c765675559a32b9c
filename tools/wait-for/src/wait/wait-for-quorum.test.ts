import { expect, test } from 'vitest'
import { waitForQuorum } from './wait-for-quorum.ts'

const error = new Error('denied')
const outcomes: Readonly<Record<string, () => Promise<void>>> = {
  ready: async () => {},
  never: () => Promise.reject(error),
  waiting: () => new Promise(() => {}),
}

test.each([
  ['all, and all are', ['ready', 'ready'], 2, undefined],
  ['all, and one fails', ['waiting', 'never', 'ready'], 3, { subject: 'never', error }],
  ['any, and one is', ['waiting', 'never', 'ready'], 1, undefined],
  ['any, and all fail', ['never', 'never'], 1, { subject: 'never', error }],
  ['two of three, and two are', ['ready', 'never', 'ready'], 2, undefined],
  ['two of three, and two fail', ['never', 'waiting', 'never'], 2, { subject: 'never', error }],
])('needs %s', async (_, subjects, need, expected) => {
  await expect(waitForQuorum(subjects, need, (subject) => outcomes[subject]?.() ?? Promise.resolve())).resolves.toEqual(
    expected,
  )
})
