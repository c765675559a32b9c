import { writeFileSync } from 'node:fs'
import { runToolWith, startService, useVolume, valkey } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { tool } from '../../tools/warm-redis/src/tool.ts'
import { ports, startCluster } from './warm-redis/servers.ts'

useVolume()

const records = [
  '{"key":"s","value":"é","ttl":100}',
  '{"key":"h","type":"hash","value":{"x":1.10}}',
  '{"key":"l","type":"list","value":["a","b"]}',
  '{"key":"t","type":"set","value":["a","b"]}',
  '{"key":"z","type":"zset","value":{"m":1.5}}',
  ...Array.from({ length: 2_000 }, (_, index) => `{"key":"k${index}","value":"v${index}"}`),
].join('\n')

describe('warm-redis and Valkey', () => {
  test('a single server: every type, conditions, a user, and once for all replicas', async () => {
    await using server = await startService(valkey)
    const cli = async (...words: string[]): Promise<string> => (await server.exec('valkey-cli', ...words)).trimEnd()
    await cli(
      'ACL',
      'SETUSER',
      'loader',
      'on',
      '>word',
      '~*',
      'resetchannels',
      '-@all',
      '+@write',
      '+@transaction',
      '+get',
      '+eval',
      '+client',
      '+exists',
    )
    writeFileSync('a.ndjson', records)
    const run = (...argv: string[]) =>
      runToolWith(tool, ['--url', server.url, '--in', 'a.ndjson', ...argv], {
        WARM_REDIS_USER: 'loader',
        REDISCLI_AUTH: 'word',
      })
    const once = ['--once-key', 'warm:v1']
    expect(await run(...once)).toMatchObject({ code: 0, log: expect.stringContaining('loaded 2,005 records') })
    expect(await run(...once)).toMatchObject({ code: 0, log: 'warm:v1 is loaded already' })
    expect(await run('--existing', 'skip')).toMatchObject({ code: 0, log: expect.stringContaining('2,005 were left') })
    expect(await cli('MGET', 's', 'k1999')).toBe('é\nv1999')
    expect(await cli('HGET', 'h', 'x')).toBe('1.10')
    expect(await cli('LRANGE', 'l', '0', '-1')).toBe('a\nb')
    expect(Number(await cli('TTL', 's'))).toBeGreaterThan(90)
    expect(await runToolWith(tool, ['verify', '--url', server.url, '--in', 'a.ndjson'])).toMatchObject({ code: 0 })
  })

  test('a Cluster of three', async () => {
    await using cluster = await startCluster({ recipe: valkey, program: 'valkey-server', count: 3 })
    writeFileSync('a.ndjson', records)
    expect(
      await runToolWith(tool, [
        '--url',
        cluster.urls[2] ?? '',
        '--cluster',
        '--in',
        'a.ndjson',
        '--once-key',
        'warm:v1',
      ]),
    ).toMatchObject({ code: 0, log: expect.stringContaining('loaded 2,005 records') })
    const sizes = await Promise.all(ports.slice(0, 3).map((port) => cluster.cli(port, 'DBSIZE')))
    // The once-key is one too.
    expect(sizes.reduce((sum, size) => sum + Number(size), 0)).toBe(2_006)
    expect(await cluster.cli(7001, '-c', 'ZSCORE', 'z', 'm')).toBe('1.5')
  })
})
