import { writeFileSync } from 'node:fs'
import { redis, runToolWith, type Service, startService, useVolume } from '@initbox/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tool } from '../../tools/warm-redis/src/tool.ts'

let server: Service<{ readonly url: string }>
beforeAll(async () => (server = await startService(redis)))
afterAll(() => server.stop())
beforeEach(async () => void (await cli('FLUSHALL')))
useVolume()

const cli = async (...words: string[]): Promise<string> => (await server.exec('redis-cli', ...words)).trimEnd()
const run = (...argv: string[]) => runToolWith(tool, ['--url', server.url, ...argv])

describe('warm-redis', () => {
  test('every type of ndjson, with numbers as they were written', async () => {
    writeFileSync(
      'a.ndjson',
      [
        '{"key":"s","value":"é \\n"}',
        '{"key":"n","value":12345678901234567890}',
        '{"key":"d","value":1.10,"ttl":100}',
        '{"key":"j","value":{"a": 1e400}}',
        '{"key":"h","type":"hash","value":{"x":1.10,"y":"z"}}',
        '{"key":"l","type":"list","value":["a","b",1e400]}',
        '{"key":"t","type":"set","value":["a","b"],"ttl":100}',
        '{"key":"z","type":"zset","value":{"m":1.5,"n":"-inf"},"expireAt":"2100-01-01T00:00:00Z"}',
      ].join('\n'),
    )
    expect(await run('--in', 'a.ndjson', '--prefix', 'p:')).toMatchObject({ code: 0 })
    // A second run makes the same: the list is not doubled.
    expect(await run('--in', 'a.ndjson', '--prefix', 'p:')).toMatchObject({ code: 0 })
    expect(await cli('GET', 'p:s')).toBe('é \n'.trimEnd())
    expect(await cli('MGET', 'p:n', 'p:d', 'p:j')).toBe('12345678901234567890\n1.10\n{"a": 1e400}')
    expect(await cli('HGETALL', 'p:h')).toBe('x\n1.10\ny\nz')
    expect(await cli('LRANGE', 'p:l', '0', '-1')).toBe('a\nb\n1e400')
    expect(await cli('SCARD', 'p:t')).toBe('2')
    expect(await cli('ZRANGE', 'p:z', '0', '-1', 'WITHSCORES')).toBe('n\n-inf\nm\n1.5')
    for (const key of ['p:d', 'p:t', 'p:z']) expect(Number(await cli('TTL', key))).toBeGreaterThan(90)
    expect(await cli('TTL', 'p:s')).toBe('-1')
  })

  test('what RIOT and redis-dump have exported', async () => {
    writeFileSync(
      'a.jsonl',
      [
        '{"key":"s","event":"scan","time":"2024-11-06T08:23:12.559Z","type":"string","value":"1","ttl":-1,"mem":0}',
        '{"key":"malware_hashes","type":"set","value":["1","2","3"],"ttl":-1,"memoryUsage":0}',
        '{"key":"z1","type":"zset","value":[{"value":"a","score":1.5},{"score":2,"value":"b"}]}',
        '{"key":"z2","ttl":100,"type":"zset","value":[["a","100"],["b","200"]],"size":50}',
        '{"key":"h","ttl":-1,"type":"hash","value":{"field_a":"value_a"},"size":42}',
      ].join('\n'),
    )
    expect(await run('--in', 'a.jsonl')).toMatchObject({ code: 0, log: expect.stringContaining('loaded 5 records') })
    expect(await cli('SCARD', 'malware_hashes')).toBe('3')
    expect(await cli('ZRANGE', 'z1', '0', '-1', 'WITHSCORES')).toBe('a\n1.5\nb\n2')
    expect(await cli('ZRANGE', 'z2', '0', '-1', 'WITHSCORES')).toBe('a\n100\nb\n200')
    expect([await cli('TTL', 's'), await cli('HGET', 'h', 'field_a')]).toEqual(['-1', 'value_a'])
    expect(Number(await cli('TTL', 'z2'))).toBeGreaterThan(90)
  })

  test('a dump of redis-dump-go, and payloads of DUMP', async () => {
    await cli('MSET', 'a', 'x', 'b', 'y')
    const payload = Buffer.from(await cli('--no-raw', 'DUMP', 'a'))
    writeFileSync('a.commands', `RESTORE "c d" 0 ${payload}\nSET e "with \\"quotes\\""\nEXPIREAT e 4102444800\n`)
    expect(await run('--in', 'a.commands')).toMatchObject({ code: 0 })
    expect(await cli('MGET', 'c d', 'e')).toBe('x\nwith "quotes"')
    expect(await run('--in', 'a.commands')).toMatchObject({
      code: 5,
      log: expect.stringContaining('a.commands:1: RESTORE: BUSYKEY Target key name already exists'),
    })
  })

  test('bytes survive: NUL, CR LF and invalid UTF-8, in every format that can hold them', async () => {
    const bytes = Buffer.from([0, 13, 10, 0xff, 0xc3, 34])
    writeFileSync('a.ndjson', `{"key":"a","value":{"base64":"${bytes.toString('base64')}"}}`)
    writeFileSync(
      'a.resp',
      Buffer.concat([Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$6\r\n'), bytes, Buffer.from('\r\n')]),
    )
    writeFileSync('a.commands', 'SET c "\\x00\\r\\n\\xff\\xc3\\""\n')
    // Its last byte is a quote, which the file doubles.
    writeFileSync('a.csv', Buffer.concat([Buffer.from('id,v\nd,"'), bytes, Buffer.from('""\n')]))
    expect(await run('--in', 'a.ndjson', '--in', 'a.resp', '--in', 'a.commands')).toMatchObject({ code: 0 })
    expect(await run('--in', 'a.csv', '--key', '${id}', '--value', '${v}')).toMatchObject({ code: 0 })
    for (const key of ['a', 'b', 'c', 'd']) {
      expect(await cli('--no-raw', 'GET', key)).toBe(String.raw`"\x00\r\n\xff\xc3\""`)
    }
  })

  test('WRONGTYPE between two good records, and a replacement in one step', async () => {
    await cli('SET', 'h', 'text')
    writeFileSync(
      'a.ndjson',
      '{"key":"a","value":"1"}\n{"key":"h","type":"hash","value":{"x":"hidden"}}\n{"key":"b","value":"2"}',
    )
    const { code, log } = await run('--in', 'a.ndjson')
    expect(code).toBe(5)
    expect(log).toBe(
      'error: a.ndjson:2: HSET h: WRONGTYPE Operation against a key holding the wrong kind of value; 2 records were loaded',
    )
    expect(await run('--in', 'a.ndjson', '--replace')).toMatchObject({ code: 0 })
    expect(await cli('HGETALL', 'h')).toBe('x\nhidden')
  })

  test('keys that are there: left alone, or the only ones that are written', async () => {
    await cli('MSET', 'a', 'old', 'c', 'old')
    const value = '"type":"hash","value":{"x":"new"}'
    writeFileSync(
      'a.ndjson',
      `{"key":"a","value":"new"}\n{"key":"b","value":"new"}\n{"key":"c",${value}}\n{"key":"d",${value},"ttl":100}`,
    )
    const { log } = await run('--in', 'a.ndjson', '--existing', 'skip')
    expect(log).toMatch(/^loaded 2 records in .*, 2 were left as they are$/)
    expect(await cli('MGET', 'a', 'b', 'c')).toBe('old\nnew\nold')
    expect(await cli('HGETALL', 'd')).toBe('x\nnew')
    expect(Number(await cli('TTL', 'd'))).toBeGreaterThan(90)
    await cli('DEL', 'b', 'c', 'd')
    expect((await run('--in', 'a.ndjson', '--existing', 'require')).log).toMatch(
      /^loaded 1 record in .*, 3 were left as they are$/,
    )
    expect(await cli('GET', 'a')).toBe('new')
    expect(await cli('DBSIZE')).toBe('1')
  })

  test('an ACL user with only +set can load; one that may not write there is denied', async () => {
    await cli('ACL', 'SETUSER', 'setter', 'on', '>word', '~user:*', 'resetchannels', '-@all', '+set')
    writeFileSync('a.ndjson', '{"key":"user:1","value":"1"}\n{"key":"user:2","value":"2"}')
    const login = { WARM_REDIS_USER: 'setter', WARM_REDIS_PASSWORD: 'word' }
    const as = (...argv: string[]) => runToolWith(tool, ['--url', server.url, '--in', 'a.ndjson', ...argv], login)
    expect(await as()).toMatchObject({ code: 0 })
    expect(await cli('GET', 'user:2')).toBe('2')
    expect(await as('--prefix', 'x:')).toMatchObject({
      code: 3,
      log: expect.stringMatching(
        /^error: a\.ndjson:1: SET x:user:1: .* denies it: .*0 records were loaded.* \(hint: the ACL user needs/,
      ),
    })
    const wrong = await runToolWith(tool, ['--url', server.url, '--in', 'a.ndjson'], {
      WARM_REDIS_USER: 'setter',
      WARM_REDIS_PASSWORD: 'other-word',
    })
    expect(wrong).toMatchObject({ code: 3, log: expect.stringContaining('invalid username-password pair') })
    expect(wrong.log).not.toContain('other-word')
  })

  test('times to live are spread, and a database is chosen', async () => {
    writeFileSync('a.csv', `id,name\n${Array.from({ length: 200 }, (_, id) => `${id},x\n`).join('')}`)
    await run(
      '--in',
      'a.csv',
      '--key',
      '${id}',
      '--value',
      '${@json}',
      '--ttl',
      '1000s',
      '--ttl-jitter',
      '10%',
      '--db',
      '3',
    )
    expect(await cli('-n', '3', 'GET', '7')).toBe('{"id":"7","name":"x"}')
    const script = 'local t={} for i=0,199 do t[#t+1]=redis.call("TTL",i) end return t'
    const times = (await cli('-n', '3', 'EVAL', script, '0')).split('\n').map(Number)
    expect(Math.min(...times)).toBeGreaterThan(890)
    expect(Math.max(...times)).toBeLessThanOrEqual(1100)
    expect(new Set(times).size).toBeGreaterThan(50)
  })

  test('more than a million words in one set are split', async () => {
    const members = Array.from({ length: 1_100_000 }, (_, index) => `"${index}"`).join(',')
    writeFileSync('a.ndjson', `{"key":"s","type":"set","value":[${members}]}`)
    expect(await run('--in', 'a.ndjson', '--max-record', '16Mi')).toMatchObject({ code: 0 })
    expect(await cli('SCARD', 's')).toBe('1100000')
  })

  test('out of memory', async () => {
    await cli('CONFIG', 'SET', 'maxmemory', '1')
    writeFileSync('a.ndjson', '{"key":"a","value":"1"}')
    try {
      expect(await run('--in', 'a.ndjson')).toMatchObject({
        code: 6,
        log: expect.stringMatching(
          /a\.ndjson:1: SET a: .* is out of memory.*; maxmemory 1B, maxmemory-policy noeviction; 0 records were loaded/,
        ),
      })
    } finally {
      await cli('CONFIG', 'SET', 'maxmemory', '0')
    }
  })
})
