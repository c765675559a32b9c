import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { runToolWith, serve, useVolume } from '@initbox/testing'
import { expect, test, vi } from 'vitest'
import { fakeRedis, store } from './testing/fake-redis.ts'
import { tool } from './tool.ts'

useVolume()

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `{"key":"k${index}","value":"v${index}"}\n`).join('')
const run = (...argv: string[]) => runToolWith(tool, argv)

test('records of a file go out, in batches, and every reply is counted', async () => {
  const { keys, answer } = store()
  writeFileSync('a.ndjson', lines(1000))
  const url = await fakeRedis(answer)
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({
    code: 0,
    log: expect.stringMatching(/^loaded 1,000 records in /),
  })
  expect(keys.size).toBe(1000)
  expect(keys.get('k999')).toBe('v999')
})

test('packed files, and a folder in the order of its names', async () => {
  const { keys, answer } = store()
  mkdirSync('in')
  writeFileSync('in/1.ndjson', '{"key":"a","value":"1"}')
  writeFileSync(
    'in/2.ndjson.gz',
    Buffer.concat([gzipSync('{"key":"a","value":"2"}\n'), gzipSync('{"key":"b","value":"2"}\n')]),
  )
  writeFileSync('in/3.csv.zst', zstdCompressSync('id,name\r\nc,"x ""y"",\nz"\r\n'))
  writeFileSync('in/.hidden', 'x')
  const url = await fakeRedis(answer)
  const { code, log } = await run('--in', 'in/1.ndjson', '--in', 'in/2.ndjson.gz', '--url', url)
  expect([code, log]).toEqual([0, expect.stringContaining('loaded 3 records')])
  expect((await run('--in', 'in/3.csv.zst', '--key', 'p:${id}', '--value', '${name}', '--url', url)).code).toBe(0)
  expect(Object.fromEntries(keys)).toEqual({ a: '2', b: '2', 'p:c': 'x "y",\nz' })
})

test.each([
  [
    'a.ndjson',
    '{"key":"a","value":"b"}\n\n{"kye":"a","value":"b"}',
    [],
    "a.ndjson:3: 'kye' is no member of a record, did you mean 'key'?",
  ],
  ['a.ndjson', '{"key":"a","value":nul}', [], 'a.ndjson:1: it is not JSON'],
  ['a.ndjson', '[\n{"key":"a","value":"b"}\n]', [], 'a.ndjson:1: each record is an object on a line of its own, as jq'],
  ['a.ndjson', '[{"key":"a","value":"b"}]', [], 'a.ndjson:1: the line is an array, not an object; each record is'],
  ['a.ndjson', '{"key":"a","value":null}', [], 'a.ndjson:1: the value is null'],
  ['a.ndjson', '{"key":"a","value":"\\ud800"}', [], 'a.ndjson:1: a string holds half of a surrogate pair'],
  ['a.ndjson', '{"key":"a","type":"set","value":[]}', [], 'a.ndjson:1: the set is empty, and Redis has no empty ones'],
  ['a.ndjson', '{"key":"a","type":"set","value":{}}', [], 'a.ndjson:1: the value of a set is an object, not an array'],
  [
    'a.ndjson',
    '{"key":"a","type":"zset","value":{"m":0.12345678901234567890}}',
    [],
    'a.ndjson:1: a score has more digits than Redis keeps',
  ],
  ['a.ndjson', '{"key":"a","value":{"base64":"AA="}}', [], 'a.ndjson:1: the value is no base64'],
  ['a.ndjson', '{"key":"a","value":"b","ttl":-2}', [], "a.ndjson:1: 'ttl' is no number of seconds above zero"],
  ['a.csv', 'id,name\n1,a\n2\n', ['--key', '${id}'], 'a.csv:3: it has 1 fields, the header 2'],
  ['a.csv', 'id,name\n1,"a\nb" c\n', ['--key', '${id}'], 'a.csv:2: something follows a closing quote'],
  ['a.csv', 'id,name\n1,"a\nb\n', ['--key', '${id}'], 'a.csv:2: a quote is not closed'],
  ['a.csv', 'id,name\n1,a\n"",b\n', ['--key', 'user:${id}'], "a.csv:3: 'id' is empty, and the key is made of it"],
  ['a.ndjson', '{"id":""}', ['--key', 'user:${id}'], "a.ndjson:1: 'id' is empty, and the key is made of it"],
  [
    'a.ndjson',
    '{"key":"a","value":"b","ttl":1900000000000}',
    [],
    "a.ndjson:1: 'ttl' is a time in milliseconds, as RIOT writes it: make it 'expireAt', in seconds",
  ],
  ['a.ndjson', '{"key":"z","type":"zset","value":[["m"]]}', [], 'a.ndjson:1: a member has no score'],
  ['a.commands', 'SET a b\nSET "a\n', [], 'a.commands:2: a double quote is not closed'],
  ['a.commands', 'SET a b\nflushall ASYNC\n', [], 'a.commands:2: FLUSHALL deletes what others have written'],
  ['a.commands', 'SET a b\n"script" Flush\n', [], 'a.commands:2: SCRIPT deletes what others have written'],
  ['a.commands', 'CONFIG SET maxmemory 0\n', [], 'a.commands:1: CONFIG is for who runs the server'],
  ['a.commands', 'BLPOP a 0\n', [], 'a.commands:1: BLPOP waits for others'],
  [
    'a.resp',
    '*3\r\n$3\r\nset\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n$7\r\nFLUSHDB\r\n',
    [],
    'a.resp: command 2: FLUSHDB deletes what others have written',
  ],
  [
    'a.resp',
    '*3\r\n$3\r\nACL\r\n$7\r\nDELUSER\r\n$1\r\na\r\n',
    [],
    'a.resp: command 1: ACL is for who runs the server',
  ],
  ['a.commands', 'MULTI\n', [], 'a.commands:1: MULTI begins a transaction, which a lost connection would cut'],
  [
    'a.resp',
    '*1\\r\\n$4',
    [],
    "at byte 2 is not RESP: it holds '\\r\\n' as text (hint: printf '%b' makes bytes of them)",
  ],
  ['a.resp', '*1\n$4\nPING\n', [], 'at byte 2 is not RESP: a length ends in LF alone, not in CR LF'],
  // redis#2514, redis#7744: `--pipe` takes such lines for inline commands and loses letters of them.
  [
    'a.resp',
    'SET a b\r\n',
    [],
    "a.resp: command 1 at byte 0 is not RESP: it does not begin with '*' (hint: commands:PATH reads one command",
  ],
  ['a.resp', 'blablub', [], "a.resp: command 1 at byte 0 is not RESP: it does not begin with '*'"],
  [
    'a.resp',
    '*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$-1\r\n',
    [],
    'a.resp: command 2 at byte 28 is not RESP: a length is no number',
  ],
  [
    'a.resp',
    '*2\r\n$3\r\nGET\r\n$3\r\nab',
    [],
    'a.resp: command 1 at byte 19 is not RESP: the input ends in the middle of it',
  ],
  [
    'a.resp',
    '*2\r\n$3\r\nGET\r\n$3\r\nabcd\r\n',
    [],
    'a.resp: command 1 at byte 20 is not RESP: a word is not as long as it says',
  ],
])('%s with %j is exit 5', async (name, content, argv, message) => {
  const { keys, answer } = store()
  writeFileSync(name, content)
  const { code, log } = await run('--in', name, '--url', await fakeRedis(answer), ...argv)
  expect(log).toContain(message)
  expect(code).toBe(5)
  expect(keys.size).toBeLessThan(2)
})

test('invalid UTF-8 is an error in JSON and bytes in CSV', async () => {
  const { answer } = store()
  writeFileSync('a.ndjson', Buffer.from('{"key":"a","value":"\xff"}', 'latin1'))
  const url = await fakeRedis(answer)
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({
    code: 5,
    log: expect.stringContaining('a.ndjson:1: it is not UTF-8'),
  })
})

test('a line that is too long is refused by its number', async () => {
  writeFileSync('a.ndjson', `${lines(3)}{"key":"a","value":"${'x'.repeat(300_000)}"}`)
  const { log, code } = await run('--in', 'a.ndjson', '--url', await fakeRedis(store().answer), '--max-record', '100k')
  expect([code, log]).toEqual([5, expect.stringContaining('a.ndjson:4: the line is longer than 100 kB')])
})

test('a file that is cut or damaged within its packing', async () => {
  writeFileSync('a.ndjson.gz', gzipSync(lines(1000)).subarray(0, 500))
  const { log, code } = await run('--in', 'a.ndjson.gz', '--url', await fakeRedis(store().answer))
  expect([code, log]).toEqual([5, expect.stringContaining('cannot unpack a.ndjson.gz')])
})

test('an error reply has its file, line, command and key, and no value', async () => {
  writeFileSync('a.ndjson', lines(3))
  const url = await fakeRedis(([name, key]) => {
    if (name === 'MSET') return '-ERR unknown command\r\n'
    return key === 'k1' ? '-WRONGTYPE Operation against a key\r\n' : '+OK\r\n'
  })
  expect(await run('--in', 'a.ndjson', '--url', url)).toEqual({
    code: 5,
    log: 'error: a.ndjson:2: SET k1: WRONGTYPE Operation against a key; 2 records were loaded',
    output: '',
  })
  expect(await run('--in', 'a.ndjson', '--url', url, '--max-errors', '1')).toMatchObject({
    code: 0,
    log: expect.stringMatching(/loaded 2 records in .*, 1 error \(1 WRONGTYPE\): a.ndjson:2/),
  })
})

test('a connection that is lost: what has no answer is sent again', async () => {
  const { keys, answer } = store()
  writeFileSync('a.ndjson', lines(3000))
  let count = 0
  const url = await fakeRedis((words, socket) => {
    if (++count % 7 === 0) {
      socket.destroy()
      return undefined
    }
    return answer(words, socket)
  })
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({
    code: 0,
    log: expect.stringContaining('loaded 3,000 records'),
  })
  expect(keys.size).toBe(3000)
})

test.each([
  ['-LOADING Redis is loading the dataset in memory\r\n', 124, 'it is loading its data set'],
  ["-READONLY You can't write against a read only replica.\r\n", 124, 'it is a replica, which takes no writes'],
  ['-MASTERDOWN Link with MASTER is down\r\n', 124, 'its link to the master is down'],
  ['-NOAUTH Authentication required.\r\n', 3, 'Authentication required.'],
  ['-NOPERM this user has no permissions\r\n', 3, 'this user has no permissions'],
  ["-OOM command not allowed when used memory > 'maxmemory'.\r\n", 6, 'is out of memory'],
  ['-MOVED 1 127.0.0.1:1\r\n', 2, 'is a node of a Cluster'],
  ['HTTP/1.1 400 Bad Request\r\n\r\n', 5, 'does not speak the protocol of Redis'],
  ['+OK\r\n+OK\r\n', 5, 'a reply that nobody asked for'],
])('the answer %j ends with %i', async (reply, code, message) => {
  writeFileSync('a.ndjson', lines(1))
  const result = await run('--in', 'a.ndjson', '--url', await fakeRedis(() => reply), '--timeout', '300ms')
  expect(result.log).toContain(message)
  expect(result.code).toBe(code)
})

test('a server that fails half-way: what has no answer is counted, in words and for programs', async () => {
  writeFileSync('a.commands', Array.from({ length: 50 }, (_, index) => `SET k${index} v\n`).join(''))
  let answers = 0
  const url = await fakeRedis((_, socket) => {
    if (answers++ < 20) return '+OK\r\n'
    socket.destroy()
    return undefined
  })
  const { code, log } = await run(
    '--in',
    'a.commands',
    '--url',
    url,
    '--timeout',
    '400ms',
    '--summary-out',
    'summary.json',
  )
  expect(code).toBe(124)
  expect(log).toContain('closed the connection; 20 records were loaded, 30 were sent and have no answer')
  expect(JSON.parse(readFileSync('summary.json', 'utf8'))).toMatchObject({ read: 50, loaded: 20, unanswered: 30 })
})

test('an error in one of many commands of a record is the error of the record', async () => {
  writeFileSync('a.ndjson', '{"key":"l","type":"list","value":["a"],"ttl":5}\n{"key":"b","value":"1"}')
  const replies: Readonly<Record<string, string>> = {
    MULTI: '+OK\r\n',
    RPUSH: '+QUEUED\r\n',
    DEL: '+QUEUED\r\n',
    PEXPIRE: '+QUEUED\r\n',
    EXEC: '*3\r\n:1\r\n-WRONGTYPE x\r\n:1\r\n',
  }
  const url = await fakeRedis(([name = '']) => replies[name] ?? '+OK\r\n')
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({
    code: 5,
    log: expect.stringContaining('a.ndjson:1: RPUSH l: WRONGTYPE x; 1 record was loaded'),
  })
})

test('a dry run counts, names what is wrong, and connects to nothing', async () => {
  writeFileSync('a.ndjson', `${lines(100)}{"key":"a"}\n`)
  expect(await run('--in', 'a.ndjson', '--dry-run', '--max-errors', '1')).toMatchObject({
    code: 0,
    log: expect.stringContaining("read 100 records without loading them, 1 wrong: a.ndjson:101: it has no 'value'"),
  })
  expect(await run('--in', 'a.ndjson', '--dry-run')).toMatchObject({ code: 5 })
})

test('a server that takes everything and answers nothing', async () => {
  writeFileSync('a.ndjson', lines(2))
  const port = await serve((socket) => void socket.resume())
  const result = await run(
    '--in',
    'a.ndjson',
    '--url',
    `redis://127.0.0.1:${port}`,
    '--timeout',
    '300ms',
    '--attempt-timeout',
    '100ms',
  )
  expect(result).toMatchObject({ code: 124, log: expect.stringContaining('gave no answer within 100 ms') })
})

test.each([
  [['--in', 'a.ndjson'], '--url is missing'],
  [['--url', 'redis://h'], '--in is missing'],
  [['--in', '-', '--url', 'redis://h'], 'needs a format for standard input'],
  [['--in', 'ftp://x', '--url', 'redis://h'], 'must be a path, http(s):// or postgres://, not ftp://'],
  [['--in', 'ndjson:-', '--url', 'redis://h', '--once-key', 'k'], '--once-key needs --content-version'],
  [['--in', 'a', '--url', 'redis://h', '--rate', '5'], 'must be records a second such as 5000/s'],
  [['--in', 'a', '--url', 'redis://h', '--ttl-jitter', '200%'], 'must be a percentage below 100%'],
  [
    ['--in', 'a.csv', '--key', 'user:', '--url', 'redis://h'],
    '--key names no field, so every record would have the same',
  ],
  [['--in', 'a', '--url', 'redis://h', '--sentinel-tls', 'off'], '--sentinel-tls needs --sentinel'],
  [['--in', 'a', '--url', 'redis://h', '--url', 'redis://i'], 'more than one --url needs --cluster or --sentinel'],
])('%j is exit 2', async (argv, message) => {
  const { code, log } = await run(...argv)
  expect([code, log]).toEqual([2, expect.stringContaining(message)])
})

test('files without a format, and files that are not there', async () => {
  const url = await fakeRedis(store().answer)
  writeFileSync('a.json', '')
  expect(await run('--in', 'a.json', '--url', url)).toMatchObject({
    code: 2,
    log: expect.stringContaining('cannot tell the format of a.json'),
  })
  expect(await run('--in', 'b.ndjson', '--url', url)).toMatchObject({ code: 4 })
  expect(await run('--in', 'b', '--url', url)).toMatchObject({ code: 4 })
})

test.each([
  ['a.commands', 'SELECT 3\nSET a 1\n'],
  ['a.commands', 'select "3"\nSET a 1\n'],
  ['a.resp', '*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n'],
])('%s: the SELECT of a dump is passed over where it names the database of the run', async (name, content) => {
  const { keys, answer } = store()
  writeFileSync(name, content)
  const url = await fakeRedis(answer)
  const loaded = { code: 0, log: expect.stringContaining('loaded 1 record ') }
  expect(await run('--in', name, '--url', `${url}/3`)).toMatchObject(loaded)
  expect(await run('--in', name, '--url', url, '--db', '3')).toMatchObject(loaded)
  expect(keys.get('a')).toBe('1')
  expect(await run('--in', name, '--url', `${url}/2`)).toMatchObject({
    code: 5,
    log: expect.stringMatching(/1: SELECT names another database than 2, to which this run writes/),
  })
})

test('plain SETs of RESP go out as MSET, in order with what stands between them, and each error has its command', async () => {
  const { keys, answer } = store()
  const names: string[] = []
  const resp = (...words: string[]): string =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
  const sets = (from: number, to: number, value: string): string =>
    Array.from({ length: to - from }, (_, index) => resp('SET', `k${from + index}`, value)).join('')
  writeFileSync(
    'a.resp',
    sets(0, 300, 'old') +
      resp('APPEND', 'k7', '!') +
      resp('SET', 'k8', 'é', 'EX', '9') +
      sets(5, 300, 'new') +
      resp('set', 'x', ''),
  )
  const url = await fakeRedis((words, socket) => {
    names.push(words[0] ?? '')
    if (words[0] === 'APPEND') keys.set('k7', `${keys.get('k7')}!`)
    return answer(words, socket)
  })
  expect(await run('--in', 'a.resp', '--url', url)).toMatchObject({
    code: 0,
    log: expect.stringContaining('loaded 598 records'),
  })
  expect(names).toEqual(['MSET', 'MSET', 'MSET', 'APPEND', 'SET', 'MSET', 'MSET', 'MSET'])
  expect([keys.get('k4'), keys.get('k7'), keys.get('k299'), keys.get('x')]).toEqual(['old', 'new', 'new', ''])

  const refusing = await fakeRedis(([name, key]) => {
    if (name === 'MSET') return "-NOPERM this user has no permissions to run the 'mset' command\r\n"
    return key === 'k77' ? '-ERR no\r\n' : '+OK\r\n'
  })
  expect(await run('--in', 'a.resp', '--url', refusing, '--max-errors', '2')).toMatchObject({
    code: 0,
    log: expect.stringMatching(/a\.resp: command 78: SET: ERR no[^]*loaded 596 records/),
  })
})

test('TRYAGAIN while a slot moves is waited for, and nothing counts before its OK', async () => {
  writeFileSync('a.commands', 'MSET {a}1 x {a}2 y\nSET b 1\n')
  let asked = 0
  const url = await fakeRedis(([name]) =>
    name === 'MSET' && ++asked < 3 ? '-TRYAGAIN Multiple keys request during rehashing of slot\r\n' : '+OK\r\n',
  )
  const { code, log } = await run('--in', 'a.commands', '--url', url)
  expect([code, asked]).toEqual([0, 3])
  expect(log).toMatch(/waiting: .* does not take writes yet: a slot is moving[^]*loaded 2 records/)
})

test('a password that nobody asks for is told on the log, once, and nothing reaches the console', async () => {
  writeFileSync('a.ndjson', lines(3))
  const said = ['warn', 'error', 'log'].map((name) => vi.spyOn(console, name as 'warn').mockImplementation(() => {}))
  let first = true
  const url = await fakeRedis(([name], socket) => {
    if (name === 'AUTH') return '-ERR AUTH <password> called without any password configured for the default user.\r\n'
    if (first) socket.destroy()
    first = false
    return '+OK\r\n'
  })
  const { code, log } = await run('--in', 'a.ndjson', '--url', url.replace('//', '//:hidden@'))
  expect([code, log.match(/asks for no password, though one is given/g)?.length]).toEqual([0, 1])
  expect(log).not.toContain('hidden')
  for (const spy of said) expect(spy).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

test('a user that an old server does not know', async () => {
  writeFileSync('a.ndjson', lines(1))
  const url = await fakeRedis(([name]) =>
    name === 'AUTH' ? "-ERR wrong number of arguments for 'auth' command\r\n" : '+OK\r\n',
  )
  expect(await run('--in', 'a.ndjson', '--url', url.replace('//', '//ann:hidden@'))).toMatchObject({
    code: 2,
    log: expect.stringContaining('knows no users, as Redis before version 6 (hint: leave --user away)'),
  })
})

test('verify compares a list that is made by several commands as a whole', async () => {
  const members = Array.from({ length: 100_010 }, (_, index) => String(index))
  writeFileSync('a.ndjson', JSON.stringify({ key: 'l', type: 'list', value: members }))
  const has = [...members]
  const bulk = (text = ''): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
  const url = await fakeRedis(([name, , from, to]) => {
    if (name === 'LLEN') return `:${has.length}\r\n`
    if (name !== 'LRANGE') return '+OK\r\n'
    const some = has.slice(Number(from), Number(to) + 1)
    return `*${some.length}\r\n${some.map(bulk).join('')}`
  })
  const verify = () => run('verify', '--in', 'a.ndjson', '--url', url)
  expect(await verify()).toMatchObject({ code: 0, log: expect.stringContaining('compared 1 of 1 records') })
  has[100_005] = 'x'
  expect(await verify()).toMatchObject({ code: 5, log: expect.stringContaining('l: its members are others') })
  has.pop()
  expect(await verify()).toMatchObject({ code: 5, log: expect.stringContaining('100009 members, not 100010') })
})

test.each([
  ['a.commands', ['--existing', 'skip'], '--existing'],
  ['a.resp', ['--ttl', '1h'], '--ttl'],
  ['a.resp', ['--prefix', 'p:', '--replace'], '--prefix, --replace'],
])('%s with %j: what cannot change a command is not passed over in silence', async (name, argv, given) => {
  const { keys, answer } = store()
  writeFileSync('1.ndjson', lines(1))
  writeFileSync(name, 'SET a b')
  const url = await fakeRedis(answer)
  const { code, log } = await run('--in', '1.ndjson', '--in', name, '--url', url, ...argv)
  expect(log).toContain(`${given} cannot change ${name}: its commands are sent as they are`)
  expect([code, keys.size]).toEqual([2, 0])
})

test('Sentinels that are none', async () => {
  writeFileSync('a.ndjson', lines(1))
  const url = await fakeRedis(([name]) => (name === 'SENTINEL' ? "-ERR unknown command 'SENTINEL'\r\n" : '+OK\r\n'))
  expect(await run('--in', 'a.ndjson', '--url', url, '--sentinel', 'mymaster')).toMatchObject({
    code: 2,
    log: expect.stringContaining('is no Sentinel (hint: --url names the Sentinels'),
  })
})

test('a Sentinel that still names a replica is asked again until it names the master', async () => {
  const { keys, answer } = store()
  writeFileSync('a.ndjson', lines(300))
  const replica = await fakeRedis(() => "-READONLY You can't write against a read only replica.\r\n")
  const master = await fakeRedis(answer)
  let asked = 0
  const sentinel = await fakeRedis(([name]) => {
    if (name !== 'SENTINEL') return '+OK\r\n'
    const { port } = new URL(++asked < 3 ? replica : master)
    return `*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}\r\n`
  })
  const { code, log } = await run('--in', 'a.ndjson', '--url', sentinel, '--sentinel', 'main')
  expect(log).toMatch(/waiting: .*it is a replica, which takes no writes[^]*loaded 300 records/)
  expect(asked).toBeGreaterThan(2)
  expect([code, keys.size]).toEqual([0, 300])
})

test('nothing is said to a server but what is loaded, so that proxies will do (twemproxy#261)', async () => {
  const names = new Set<string>()
  writeFileSync('a.ndjson', lines(300))
  writeFileSync('a.csv', 'id,name\n1,a\n')
  const url = await fakeRedis(([name = '']) => {
    names.add(name)
    return '+OK\r\n'
  })
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({ code: 0 })
  expect([...names]).toEqual(['MSET'])
  // riot#72: a field that is not there is no empty field.
  expect(await run('--in', 'a.csv', '--key', 'beer:${id2}', '--url', url)).toMatchObject({
    code: 2,
    log: expect.stringContaining("a.csv has no column 'id2' for --key (hint: did you mean ${id}?)"),
  })
})

test('the last line of a key wins, also where lines go out again', async () => {
  const { keys, answer } = store()
  const all = Array.from({ length: 900 }, (_, index) => [`k${index % 7}`, String(index)] as const)
  writeFileSync('a.ndjson', all.map(([key, value]) => `{"key":"${key}","value":"${value}"}\n`).join(''))
  let count = 0
  const url = await fakeRedis((words, socket) => {
    count++
    if (count === 3) {
      socket.destroy()
      return undefined
    }
    return count === 6 ? '-LOADING Redis is loading the dataset in memory\r\n' : answer(words, socket)
  })
  expect(await run('--in', 'a.ndjson', '--url', url)).toMatchObject({
    code: 0,
    log: expect.stringContaining('loaded 900 records'),
  })
  expect(Object.fromEntries(keys)).toEqual(Object.fromEntries(all))
})

test.each([['--dry-run'], []])('a summary that cannot be written is exit 6 (%s)', async (...flags) => {
  mkdirSync('summary.json')
  writeFileSync('a.ndjson', lines(1))
  const url = await fakeRedis(store().answer)
  const { code, log } = await run('--in', 'a.ndjson', '--url', url, '--summary-out', 'summary.json', ...flags)
  expect([code, log]).toEqual([6, expect.stringContaining('cannot write summary.json')])
})
