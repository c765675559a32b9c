import { launchService, redis, startService } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

describe('wait-for redis', () => {
  test('while it starts and loads its data: ready is not said before a client can read', async () => {
    // 50 µs for each key: loading takes some seconds, long enough to be seen.
    const start =
      'redis-server --protected-mode no --dir /tmp --enable-debug-command yes --key-load-delay 50 --loading-process-events-interval-bytes 10240'
    await using server = await launchService(redis, { command: ['sh', '-c', `${start}; ${start}`] })
    const target = `redis://${server.address}`
    await statesUntilReady(target)
    await server.exec('redis-cli', 'DEBUG', 'POPULATE', '50000', 'key', '100')
    await server.exec('redis-cli', 'SHUTDOWN', 'SAVE')
    const states = await statesUntilReady(`${target}?exists=key:49999`)
    expect(states).toContain('loading')
    expect(await server.exec('redis-cli', 'GET', 'key:49999')).toContain('value:49999')
  })

  test('passwords: none, wrong, right, and of an ACL user', async () => {
    await using server = await startService(redis, {
      command: ['redis-server', '--save', '', '--requirepass', 'secret'],
    })
    const place = `${server.host}:${server.port}`
    await expect(probeOnce(`redis://${place}`)).rejects.toMatchObject({ exitCode: 3, hint: 'add ?password-env=NAME' })
    await expect(probeOnce(`redis://:wrong@${place}`)).rejects.toMatchObject({ exitCode: 3 })
    await expect(probeOnce(`redis://:secret@${place}/5`)).resolves.toBeUndefined()
    await server.exec('redis-cli', '-a', 'secret', 'ACL', 'SETUSER', 'app', 'on', '>word', '+@all', '~*')
    await expect(
      probeOnce(`redis://app@${place}?password-env=WORD`, { environment: { WORD: 'word' } }),
    ).resolves.toBeUndefined()
  })

  test('roles: a master, a replica in sync, and one that has lost its master', async () => {
    await using master = await startService(redis)
    await using replica = await startService(redis, {
      command: [
        'redis-server',
        '--save',
        '',
        '--replicaof',
        master.address,
        '6379',
        '--replica-serve-stale-data',
        'no',
      ],
    })
    await expect(probeOnce(`redis://${master.address}?role=master`)).resolves.toBeUndefined()
    await expect(probeOnce(`redis://${master.address}?role=replica`)).rejects.toMatchObject({ state: 'is master' })
    await expect
      .poll(() => probeOnce(`redis://${replica.address}?role=replica`).catch(({ state }) => state))
      .toBeUndefined()
    await master.stop()
    await expect.poll(() => probeOnce(`redis://${replica.address}`).catch(({ state }) => state)).toBe('master down')
  })

  test('a cluster: not before all its slots are served', async () => {
    await using server = await startService(redis, {
      command: ['redis-server', '--save', '', '--cluster-enabled', 'yes'],
    })
    const target = `redis://${server.host}:${server.port}?cluster`
    await expect(probeOnce(target)).rejects.toMatchObject({ state: 'cluster fail' })
    await server.exec('redis-cli', 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    // Redis itself waits two seconds before it trusts a cluster that was not whole.
    await expect.poll(() => probeOnce(target).catch(({ state }) => state), { timeout: 20_000 }).toBeUndefined()
  })

  test('a Sentinel: only when its master is healthy', async () => {
    await using master = await startService(redis)
    const config = `port 6379\\nsentinel monitor main ${master.address} 6379 1\\nsentinel down-after-milliseconds main 500\\n`
    await using sentinel = await startService(redis, {
      command: [
        'sh',
        '-c',
        `printf '${config}' > /tmp/sentinel.conf && exec redis-server /tmp/sentinel.conf --sentinel`,
      ],
    })
    const target = `redis://${sentinel.host}:${sentinel.port}?sentinel=main`
    await expect(probeOnce(target)).resolves.toBeUndefined()
    await expect(probeOnce(target.replace('main', 'other'))).rejects.toMatchObject({ state: 'no such master' })
    await master.stop()
    await expect.poll(() => probeOnce(target).catch(({ state }) => state), { timeout: 20_000 }).toBe('master down')
  })
})
