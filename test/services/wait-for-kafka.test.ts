import { launchKafka, type Service } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

describe('wait-for kafka', () => {
  let server: Service<unknown>
  const target = (rest = ''): string => `kafka://${server.address}:9092${rest}`
  const withLogin = (user: string, rest = ''): string => `kafka://${user}${server.address}:9094${rest}`
  const topics = (...words: string[]): Promise<string> =>
    server.exec('java', 'org.apache.kafka.tools.TopicCommand', '--bootstrap-server', 'localhost:9092', ...words)

  beforeAll(async () => {
    server = await launchKafka()
  })
  afterAll(() => server.stop())

  test('while it starts: ready is not said before a client can use it', async () => {
    const states = await statesUntilReady(target())
    await topics('--create', '--topic', 'orders', '--partitions', '3')
    expect(states[0]).toBe('refused')
  })

  test('waits for topics and brokers, and makes no topic by asking', async () => {
    await expect(probeOnce(target('?topic=orders'))).resolves.toBe('1 broker')
    await expect(probeOnce(target('?topic=orders&topic=later'))).rejects.toMatchObject({
      state: 'no topic',
      gone: true,
    })
    expect(await topics('--list')).toBe('orders')
    await expect(probeOnce(target('?brokers=2'))).rejects.toMatchObject({ state: 'too few brokers' })
  })

  test('any of the hosts named will do', async () => {
    await expect(probeOnce(`kafka://127.0.0.1:1,${server.address}:9092`)).resolves.toBe('1 broker')
    await expect(probeOnce('kafka://127.0.0.1:1,127.0.0.1:2')).rejects.toMatchObject({ state: 'refused', gone: true })
  })

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('logs in by %s', async (sasl) => {
    await expect(probeOnce(withLogin('app:secret@', `?sasl=${sasl}&topic=orders`))).resolves.toBe('1 broker')
    await expect(probeOnce(withLogin('app:wrong@', `?sasl=${sasl}`))).rejects.toMatchObject({ exitCode: 3 })
  })

  test('says what is missing when only one side wants a login', async () => {
    await expect(probeOnce(withLogin(''))).rejects.toMatchObject({
      state: 'closed',
      hint: expect.stringContaining('login'),
    })
    await expect(probeOnce(`kafka://app:secret@${server.address}:9092`)).rejects.toMatchObject({ exitCode: 3 })
  })

  test('is ready again when a broker that was shut down has come back', async () => {
    await server.docker('restart')
    await statesUntilReady(target('?topic=orders'))
    expect(await topics('--describe', '--topic', 'orders')).toContain('Leader: 1')
  })
})
