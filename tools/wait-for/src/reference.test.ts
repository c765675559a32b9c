import { expect, test } from 'vitest'
import { targetsPage } from './reference.ts'

test('TARGETS.md says what the probes take', async () => {
  await expect(await targetsPage()).toMatchFileSnapshot('../TARGETS.md')
})
