import { dnsmasq, type Service, startService } from '@initbox/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'

describe('wait-for dns, with dnsmasq', () => {
  let server: Service<{ readonly server: string }>
  beforeAll(async () => {
    const records = [
      '--host-record=web.test,192.0.2.1,2001:db8::1',
      '--host-record=db.test,192.0.2.2',
      '--srv-host=_pg._tcp.test,db.test,5432',
      '--cname=alias.test,db.test',
      '--txt-record=note.test,hello world',
      '--mx-host=test,mail.test,10',
    ]
    server = await startService(dnsmasq, { command: records })
  })
  afterAll(() => server.stop())

  test.each([
    ['web.test.?min=2', '2 answers'],
    ['web.test.?type=A', '192.0.2.1'],
    ['web.test.?type=AAAA', '2001:db8::1'],
    ['_pg._tcp.test.?type=SRV', 'db.test:5432'],
    ['alias.test.?type=CNAME', 'db.test'],
    ['note.test.?type=TXT', 'hello world'],
    ['test.?type=MX', 'mail.test'],
  ])('%s gives %s', async (target, fact) => {
    await expect(probeOnce(`dns://${target}&server=${server.server}`)).resolves.toBe(fact)
  })

  test.each([
    ['none.test.?type=address', 'no such name', true],
    ['db.test.?type=AAAA', 'no addresses', true],
    ['web.test.?min=3', '2 of 3 answers', false],
  ])('%s is not yet ready: %s', async (target, state, gone) => {
    await expect(probeOnce(`dns://${target}&server=${server.server}`)).rejects.toMatchObject({ state, gone })
  })

  test('is silent while it is stopped in its tracks', async () => {
    await server.docker('pause')
    const paused = probeOnce(`dns://web.test.?server=${server.server}`, { limit: 300 })
    await expect(paused).rejects.toMatchObject({ state: 'no answer' })
    await server.docker('unpause')
  })
})
