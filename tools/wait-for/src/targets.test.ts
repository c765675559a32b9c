import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutSecrets } from './address.ts'
import { labelOf } from './target.ts'
import { probes } from './probes/index.ts'
import { prepared } from './testing/probe-once.ts'

describe('a target', () => {
  test.each([
    ['tcp://db:5432', 'tcp db:5432'],
    ['TCP://db:5432/', 'tcp db:5432'],
    ['tcp://[::1]:80', 'tcp [::1]:80'],
    ['redis://cache', 'redis cache:6379'],
    ['rediss://app:p%40ss@cache:7000/3?role=master', 'rediss cache:7000/3'],
    ['http://user:secret@web/healthz?full=1#status=200', 'http web:80/healthz'],
    ['https://web', 'https web:443'],
    ['unix:///run/app.sock', 'unix /run/app.sock'],
    ['file://ip.txt?not-empty', 'file ip.txt'],
    ['file:///run/a%20b', 'file /run/a b'],
    ['dns://db.default.svc?min=3', 'dns db.default.svc'],
    ['postgresql+asyncpg://app:s@db/shop?ssl=true', 'postgresql db:5432/shop'],
    [
      'jdbc:postgresql://db:5433/shop?user=app&password=s3cret&currentSchema=x&sslmode=verify-full&sslrootcert=/ca.pem',
      'postgresql db:5433/shop',
    ],
    [
      'postgres://app:s@a,b:5433/shop?connect_timeout=5&application_name=x&target_session_attrs=read-write&options=-c%20x%3Dy',
      'postgres a:5432,b:5433/shop',
    ],
    ['mysql+pymysql://app:s@db/shop?charset=utf8mb4', 'mysql db:3306/shop'],
    ['jdbc:mariadb://db/shop?user=a&password=b&useSSL=true&serverTimezone=UTC', 'mariadb db:3306/shop'],
    [
      'mongodb://app:s@a,b/shop?replicaSet=rs0&authSource=admin&retryWrites=true&w=majority&tls=true&readPreference=primary',
      'mongodb a:27017,b:27017/shop',
    ],
    ['amqp://app:s@mq/shop?heartbeat=30', 'amqp mq:5672/shop'],
    ['wss://web/socket', 'wss web:443/socket'],
  ])('%s is named %s', async (text, label) => {
    await expect(prepared(text)).resolves.toMatchObject({ label })
  })

  test('labels that choose are a part of its name', () => {
    const address = { scheme: 'k8s', user: undefined, password: undefined, hosts: [], path: 'pod', query: '' }
    expect(labelOf(address, 'app=web')).toBe('k8s pod?selector=app=web')
    expect(labelOf(address)).toBe('k8s pod')
  })

  test.each([
    ['', "the target '' is empty; was a variable empty?"],
    [
      '$(DATABASE_URL)',
      'has $(DATABASE_URL) in it, which Kubernetes did not replace: is that variable defined before it?',
    ],
    ['postgres://db/$(DB_NAME)', 'has $(DB_NAME) in it, which Kubernetes did not replace'],
    ['- tcp://db:5432', 'looks like YAML, which --config (WAIT_FOR_CONFIG) takes'],
    ['[tcp://db:5432, tcp://mq:5672]', 'looks like YAML, which --config (WAIT_FOR_CONFIG) takes'],
    ['http://h?status=101', 'waits for status 101, which only ws:// and wss:// ask for'],
    ['http://h?status=100-199', 'waits for status 101, which only ws:// and wss:// ask for'],
    ['db', "the target 'db' is not of the form scheme://…"],
    ['db:5432', "the target 'db:5432' has no scheme, did you mean tcp://db:5432?"],
    ['[::1]:80', "the target '[::1]:80' has no scheme, did you mean tcp://[::1]:80?"],
    ['htps://web', "the target 'htps://web' has the unknown scheme 'htps', did you mean https?"],
    ['tcp://db', "the target 'tcp://db' has no port, as in tcp://db:8080"],
    ['tcp://:80', "the target 'tcp://:80' names no host; was a variable empty?"],
    ['tcp://', "the target 'tcp://' names no host"],
    ['postgres://:5432', "the target 'postgres://:5432' names no host; was a variable empty?"],
    ['tcp://$(DB_HOST):5432', 'names no host: $(DB_HOST) was not replaced; is the variable defined before it?'],
    ['tcp:db:5432', "the target 'tcp:db:5432' has no scheme, did you mean tcp://db:5432?"],
    ['tcp:[::1]:80', "the target 'tcp:[::1]:80' has no scheme, did you mean tcp://[::1]:80?"],
    ['tcp://::1:80', 'has an IPv6 address without brackets, did you mean tcp://[::1]:80?'],
    ['redis://fd00::7', 'has an IPv6 address without brackets, did you mean redis://[fd00::7]?'],
    ['tcp://db:5432/x', "the target 'tcp://db:5432/x' has a path, which says nothing to tcp://"],
    ['grpc://h:1/shop.Cart', 'has a path, which says nothing to grpc://; did you mean ?service=NAME?'],
    ['kafka://h/topic', 'has a path, which says nothing to kafka://; did you mean ?topic=NAME?'],
    ['tls://u@h', "the target 'tls://h' has a user, and tls:// logs in nowhere"],
    ['memcached://app@h', 'needs a user and a password, or neither'],
    ['redis://h/abc', 'has a database that is no number'],
    ['rabbitmq://h', "has the unknown scheme 'rabbitmq', use amqp://HOST or amqps://HOST"],
    ['elasticsearch://h', "has the unknown scheme 'elasticsearch', use http://HOST:9200/_cluster/health"],
    ['mongodb+srv://h/x', "has the unknown scheme 'mongodb+srv', use mongodb://"],
    ['jdbc:oracle:thin:@h', 'is not of the form scheme://…'],
    ['postgres://db/x?sslmode=maybe', 'has the parameter sslmode'],
    ['postgres://db/x?conect_timeout=3', "has the unknown parameter 'conect_timeout'"],
    ['tcp://db:1?attempt-timeout=0', 'must be longer than 0: an attempt without time cannot succeed'],
    ['https://h?fingerprint=abc', 'is no SHA-256 in hex'],
    ['https://h?cert=/c.pem', 'needs both cert= and key=, or neither'],
    ['redis://cache?password-env=hunter2', 'takes a secret from a variable that is not set'],
    ['dns://x?server=127.0.0.1:99999', 'has the parameter server with the port 99999, which is not between'],
    ['dns://x?server=999.1', 'has the parameter server, which is no IP address'],
    ['h2c://x?header=Connection:%20close', 'has the header connection, which HTTP/2 does not have'],
    ['tcp://db:0', "the target 'tcp://db:0' has the port 0, which is not between 1 and 65535"],
    ['tcp://db:99999', "the target 'tcp://db:99999' has the port 99999, which is not between 1 and 65535"],
    ['tcp://db:54x2', "the target 'tcp://db:54x2' has no valid host:port"],
    ['tcp://db :5432', "the target 'tcp://db :5432' has no valid host:port"],
    ['tcp://a:1,b:2', "the target 'tcp://a:1,b:2' names more than one host"],
    ['tcp://db:5432#x', "the target 'tcp://db:5432' has a '#'; write %23 where it belongs to a value"],
    [
      'tcp://db:5432?timeout=5',
      "the target 'tcp://db:5432' has the parameter timeout, which must be a duration such as 500ms, 30s, 5m or 1h30m, not '5'",
    ],
    ['tcp://db:5432?timeot=5s', "the target 'tcp://db:5432' has the unknown parameter 'timeot', did you mean timeout?"],
    [
      'tcp://db:5432?role=x',
      "the target 'tcp://db:5432' has the unknown parameter 'role', known are attempt-timeout, expect, interval, invert, open-for, retry-denied, successes, timeout, within",
    ],
    ['tcp://db:5432?timeout=5s&timeout=6s', "the target 'tcp://db:5432' has the parameter timeout 2 times"],
    ['tcp://db:5432?timeout=%zz', "the target 'tcp://db:5432' has a '%' that is not followed by two hex digits"],
    ['http://web/?full=1', "the target 'http://web/' has the unknown parameter 'full', known are attempt-timeout, "],
    ['dns://10.0.0.1', "the target 'dns://10.0.0.1' is an address and not a name"],
    ['dns://db:53', "the target 'dns://db:53' must not have a port"],
    ['file://', "the target 'file://' names no file, as in file://ip.txt or file:///run/ip.txt"],
    [`unix:///${'x'.repeat(120)}`, 'names a socket file by more than 107 bytes'],
    [
      'redis://cache?password-env=NOT_SET',
      "the target 'redis://cache' takes a secret, and neither $NOT_SET nor $NOT_SET_FILE is set",
    ],
    ['redis://:a@cache?password-env=X', "the target 'redis://cache' has a password and the parameter password-env"],
    // A password with a slash or a colon that is not written as %2F: the rest must not be taken for a path and printed.
    ['redis://app:12/secret@cache', "the target 'redis://cache' has an '@' in its path; write %40, or %2F for '/'"],
    ['redis://app:pa/ss?word@cache:1', "the target 'redis://cache:1' has no valid host:port"],
  ])('%s is refused: %s', async (text, problem) => {
    await expect(prepared(text)).rejects.toThrow(problem)
  })

  test('says no more of a secret than where it was looked for', async () => {
    const told = await prepared('redis://cache?password-env=hunter2').catch((error: Error) => error.message)
    expect(told).not.toContain('hunter2')
    const environment = { EMPTY: '', TOKEN: 'tok\n', ODD: 'a\nb' }
    await expect(prepared('redis://cache?password-env=EMPTY', { environment })).rejects.toThrow(
      '$EMPTY is set but empty: is the key of the Secret empty, or was a variable in it not replaced?',
    )
    await expect(prepared('http://h?token-env=TOKEN', { environment })).resolves.toBeDefined()
    await expect(prepared('http://h?token-env=ODD', { environment })).rejects.toThrow(
      'has a secret with a character that the header authorization cannot have',
    )
  })

  test('any text is understood or refused in words, and a password in it is never repeated', async () => {
    // What follows file:// and unix:// is a path, with nothing secret in it.
    const named = Object.keys(probes).filter((scheme) => scheme !== 'file' && scheme !== 'unix')
    const scheme = fc.constantFrom(...named, 'x', '')
    const password = fc.string({ minLength: 4 }).map((text) => `S3cret${text.replaceAll('@', '')}`)
    await fc.assert(
      fc.asyncProperty(scheme, fc.string(), password, fc.string(), async (name, user, secret, rest) => {
        const text = `${name}://${user}:${secret}@${rest}`
        const told = await prepared(text).then(
          ({ label }) => label,
          (error: Error) => {
            expect(error.constructor).toBe(Error)
            return error.message
          },
        )
        // Where the authority ends early, what follows is a path: only http may show it, and it holds no password then.
        const whole = /[/?#]/.test(user + secret) ? '' : told
        expect(whole).not.toContain('S3cret')
      }),
    )
  })

  test('withoutSecrets leaves neither user info nor query', () => {
    expect(withoutSecrets('redis://u:p/a?b@host:1/2?x=y#z')).toBe('redis://host:1/2')
  })
})
