import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgres, redis, runToolWith, startService, useVolume } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from './warm-redis/certificate.ts'
import { fakeRedis } from '../../tools/warm-redis/src/testing/fake-redis.ts'
import { tool } from '../../tools/warm-redis/src/tool.ts'
import { splitAddress } from './warm-redis/servers.ts'

useVolume()
const line = '{"key":"a","value":"1"}\n'

describe('warm-redis finds its server', () => {
  test('by Sentinel, which is asked again when the master is lost; an unknown name is said at once', async () => {
    await using master = await startService(redis)
    const { host, port } = splitAddress(master.address)
    await using replica = await startService(redis, {
      command: ['redis-server', '--save', '', '--replicaof', host, port, '--repl-diskless-sync-delay', '0'],
    })
    const config = `port 6379\\nsentinel monitor main ${host} ${port} 1\\nsentinel down-after-milliseconds main 500\\nsentinel failover-timeout main 2000\\n`
    const command = ['sh', '-c', `printf '${config}' > /tmp/s.conf && exec redis-server /tmp/s.conf --sentinel`]
    await using sentinel = await startService(redis, { command })
    const urls = ['--url', 'redis://127.0.0.1:1', '--url', sentinel.url]
    writeFileSync('a.ndjson', line)
    const run = (name: string) =>
      runToolWith(tool, [
        ...urls,
        '--sentinel',
        name,
        '--in',
        'a.ndjson',
        '--timeout',
        '40s',
        '--attempt-timeout',
        '1s',
      ])
    expect(await run('main')).toMatchObject({ code: 0 })
    expect(await run('other')).toMatchObject({
      code: 4,
      log: expect.stringContaining("no Sentinel knows a master that is called 'other'"),
    })
    await expect.poll(() => replica.exec('redis-cli', 'GET', 'a'), { timeout: 20_000 }).toContain('1')
    await expect.poll(() => sentinel.exec('redis-cli', 'INFO', 'sentinel'), { timeout: 20_000 }).toContain('slaves=1')
    await master.stop()
    writeFileSync('a.ndjson', line.replace('1', '2'))
    // Asked while Sentinel still names the dead one.
    expect(await run('main')).toMatchObject({ code: 0, log: expect.stringContaining('waiting: ') })
    expect(await replica.exec('redis-cli', 'GET', 'a')).toContain('2')
  })

  test('READONLY after a failover without a disconnect is waited for', async () => {
    await using server = await startService(redis)
    await server.exec('redis-cli', 'REPLICAOF', '127.0.0.1', '1')
    writeFileSync('a.ndjson', line)
    const load = runToolWith(tool, ['--url', server.url, '--in', 'a.ndjson', '--timeout', '30s'])
    await new Promise((resolve) => setTimeout(resolve, 500))
    await server.exec('redis-cli', 'REPLICAOF', 'NO', 'ONE')
    expect(await load).toMatchObject({
      code: 0,
      log: expect.stringContaining('does not take writes yet: it is a replica, which takes no writes'),
    })
  })

  test('LOADING is waited for', async () => {
    const start =
      'redis-server --protected-mode no --dir /tmp --enable-debug-command yes --key-load-delay 50 --loading-process-events-interval-bytes 10240'
    await using server = await startService(redis, { command: ['sh', '-c', `${start}; ${start}`] })
    await server.exec('redis-cli', 'DEBUG', 'POPULATE', '40000', 'key', '100')
    await server.exec('redis-cli', 'SHUTDOWN', 'SAVE')
    writeFileSync('a.ndjson', line)
    const { code, log } = await runToolWith(tool, ['--url', server.url, '--in', 'a.ndjson', '--timeout', '60s'])
    expect(log).toContain('waiting: ')
    expect(code).toBe(0)
    expect(await server.exec('redis-cli', 'DBSIZE')).toContain('40001')
  })

  test('by TLS with a client certificate, and on a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'initbox-redis-'))
    try {
      await makeCertificate(folder)
      const tls =
        '--port 0 --tls-port 6379 --tls-cert-file /tls/server.crt --tls-key-file /tls/server.key --tls-ca-cert-file /tls/server.crt'
      await using server = await startService(
        { ...redis, isReady: async () => true },
        {
          command: [
            'sh',
            '-c',
            `exec redis-server --save '' --protected-mode no ${tls} --unixsocket /tls/redis.sock --unixsocketperm 777`,
          ],
          flags: ['--volume', `${folder}:/tls`],
        },
      )
      writeFileSync('a.ndjson', line)
      const url = server.url.replace('redis:', 'rediss:')
      const load = (...argv: string[]) =>
        runToolWith(tool, ['--in', 'a.ndjson', ...(argv.includes('--timeout') ? [] : ['--timeout', '10s']), ...argv])
      const own = ['--tls-ca', join(folder, 'server.crt'), '--tls-server-name', 'redis.test']
      const client = ['--tls-cert', join(folder, 'server.crt'), '--tls-key', join(folder, 'server.key')]
      expect(await load('--url', url, ...own, ...client)).toMatchObject({ code: 0 })
      expect(await load('--url', url, ...own)).toMatchObject({ code: 3 })
      expect(await load('--url', url, ...client)).toMatchObject({
        code: 5,
        log: expect.stringContaining('certificate of'),
      })
      // Sentinels without TLS that name a server with it.
      const { port } = new URL(url)
      const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
      const sentinel = await fakeRedis(([name]) =>
        name === 'SENTINEL' ? `*2\r\n${bulk('127.0.0.1')}${bulk(port)}` : '+OK\r\n',
      )
      const mixed = ['--url', sentinel.replace('redis:', 'rediss:'), '--sentinel', 'main', ...own, ...client]
      expect(await load(...mixed, '--sentinel-tls', 'off')).toMatchObject({ code: 0 })
      expect(await load(...mixed, '--timeout', '1s')).toMatchObject({ code: 124 })
      expect(await load('--url', `redis+unix://${folder}/redis.sock?db=2`)).toMatchObject({ code: 0 })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('records are the rows of a query', async () => {
    await using server = await startService(redis)
    await using database = await startService(postgres)
    const query = "SELECT id, 'name ' || id AS name, NULLIF(id, 2) AS maybe FROM generate_series(1, 5000) AS id"
    const source = ['--in', database.url.replace('secret@', '@').replace(':@', '@'), '--query', query]
    const run = (...argv: string[]) =>
      runToolWith(tool, ['--url', server.url, ...source, ...argv], { PGPASSWORD: 'secret' })
    expect(await run('--key', 'p:${id}', '--value', '${@json}')).toMatchObject({
      code: 0,
      log: expect.stringContaining('loaded 5,000 records'),
    })
    expect(await server.exec('redis-cli', 'GET', 'p:2')).toContain('{"id":"2","name":"name 2","maybe":null}')
    expect(await run('--key', 'h:${id}')).toMatchObject({ code: 0 })
    expect((await server.exec('redis-cli', 'HGETALL', 'h:2')).trim()).toBe('id\n2\nname\nname 2')
    expect(await run('--key', '${maybe}')).toMatchObject({
      code: 5,
      log: expect.stringContaining("row 2: it has no 'maybe'"),
    })
    const wrong = ['--url', server.url, '--in', source[1] ?? '', '--query', 'SELECT nothing', '--key', '${id}']
    expect(await runToolWith(tool, wrong, { PGPASSWORD: 'secret' })).toMatchObject({
      code: 5,
      log: expect.stringContaining('nothing'),
    })
  })
})
