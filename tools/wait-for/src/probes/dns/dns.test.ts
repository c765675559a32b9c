import { describe, expect, test } from 'vitest'
import { nameServer } from '@initbox/testing/name-server'
import { probeOnce } from '../../testing/probe-once.ts'

describe('dns', () => {
  test.each([
    ['?type=A', '2 answers'],
    ['?min=3', '3 answers'],
    ['?type=AAAA', 'fd00::1'],
    ['?answer=10.0.0.2', '3 answers'],
  ])('%s is ready with %s', async (query, fact) => {
    const { address } = await nameServer({ 'db.test': { A: ['10.0.0.1', '10.0.0.2'], AAAA: ['fd00:0:0:0:0:0:0:1'] } })
    await expect(probeOnce(`dns://db.test.${query}&server=${address}`)).resolves.toBe(fact)
  })

  test.each([
    ['', 3, 'no such name', true],
    ['', {}, 'no addresses', true],
    ['', 2, 'server failure', false],
    ['', 'silent', 'no answer', false],
    ['&min=2', { A: ['10.0.0.1'] }, '1 of 2 answers', false],
    ['&answer=10.0.0.9', { A: ['10.0.0.1'] }, 'other answers', false],
  ] as const)('%s is not yet ready when the name server says %j', async (query, says, state, gone) => {
    const { address } = await nameServer({ 'db.test': says })
    const probed = probeOnce(`dns://db.test.?server=${address}${query}`, { limit: 300 })
    await expect(probed).rejects.toMatchObject({ state, gone })
  })

  test('knows localhost without a name server', async () => {
    await expect(probeOnce('dns://localhost?min=2')).resolves.toBe('2 answers')
  })
})
