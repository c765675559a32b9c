import { launchService, rabbitmq, type Service } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

describe('wait-for amqp (RabbitMQ)', () => {
  let server: Service<unknown>
  const target = (user: string, rest = ''): string => `amqp://${user}@${server.address}:5672${rest}`

  beforeAll(async () => {
    server = await launchService(rabbitmq)
  })
  afterAll(() => server.stop())

  test('while it starts: ready is not said before the node runs', async () => {
    const states = await statesUntilReady(target('initbox:secret'))
    await server.exec('rabbitmq-diagnostics', 'check_running')
    expect(states[0]).toBe('refused')
  })

  test('without a password it stops when the server has introduced itself', () =>
    expect(probeOnce(`amqp://${server.address}`)).resolves.toBe('password wanted, server is up'))

  test('a wrong password is denied', () =>
    expect(probeOnce(target('initbox:wrong'))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('ACCESS_REFUSED'),
    }))

  test('waits for a virtual host, and is denied by one that is not for this user', async () => {
    await expect(probeOnce(target('initbox:secret', '/shop'))).rejects.toMatchObject({ state: 'no vhost', gone: true })
    await server.exec('rabbitmqctl', 'add_vhost', 'shop')
    await expect(probeOnce(target('initbox:secret', '/shop'))).rejects.toMatchObject({ exitCode: 3 })
    await server.exec('rabbitmqctl', 'set_permissions', '-p', 'shop', 'initbox', '.*', '.*', '.*')
    await expect(probeOnce(target('initbox:secret', '/shop'))).resolves.toBeUndefined()
  })

  test('waits for a queue', async () => {
    const queue = target('initbox:secret', '/?queue=orders')
    await expect(probeOnce(queue)).rejects.toMatchObject({ state: 'no queue', gone: true })
    const declare =
      'rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"orders">>), true, false, [], none, <<"t">>).'
    await server.exec('rabbitmqctl', 'eval', declare)
    await expect(probeOnce(queue)).resolves.toBeUndefined()
  })

  test('leaves no warning of a client that hung up in the log of the server', async () => {
    await probeOnce(target('initbox:secret'))
    await expect(probeOnce(target('initbox:secret', '/?queue=other'))).rejects.toMatchObject({ state: 'no queue' })
    await expect.poll(() => server.logs()).toMatch(/no queue 'other'[^]*closing AMQP connection/)
    // The first queue is asked for after everything that may hang up.
    const [, ...rest] = (await server.logs()).split('no queue')
    expect(rest.join()).not.toContain('unexpectedly closed')
  })
})
