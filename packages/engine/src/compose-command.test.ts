import { expect, test } from 'vitest'
import { findCompose } from './compose-command.ts'

test.each<[string[], string | undefined]>([
  [['docker compose', 'docker-compose'], 'docker compose'],
  [['docker-compose'], 'docker-compose'],
  [[], undefined],
])('of %j that are installed, the one taken is %s', async (installed, taken) => {
  const command = await findCompose(async (words) => installed.includes(words.join(' ')))
  expect(command?.join(' ')).toBe(taken)
})
