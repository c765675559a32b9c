import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutSecrets } from './address.ts'
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
  ])('%s is named %s', async (text, label) => {
    await expect(prepared(text)).resolves.toMatchObject({ label })
  })

  test.each([
    ['', "the target '' is not of the form scheme://…"],
    ['db', "the target 'db' is not of the form scheme://…"],
    ['db:5432', "the target 'db:5432' has no scheme, did you mean tcp://db:5432?"],
    ['[::1]:80', "the target '[::1]:80' has no scheme, did you mean tcp://[::1]:80?"],
    ['htps://web', "the target 'htps://web' has the unknown scheme 'htps', did you mean https?"],
    ['tcp://db', "the target 'tcp://db' has no port, as in tcp://db:8080"],
    ['tcp://:80', "the target 'tcp://:80' names no host; was a variable empty?"],
    ['tcp://', "the target 'tcp://' names no host"],
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
