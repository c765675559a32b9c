import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Redactor } from './redactor.ts'

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor()
  for (const secret of secrets) redactor.add(secret)
  return redactor
}

test.each([
  ['raw', 'hunter2!', 'login with hunter2! failed', 'login with [redacted] failed'],
  ['twice', 'hunter2!', 'hunter2!hunter2! hunter2!', '[redacted] [redacted]'],
  ['URL-encoded', 'p@ss/w d', '?p=p%40ss%2Fw%20d&x', '?p=[redacted]&x'],
  ['URL-encoded in lower case', 'p@ss/w d', 'p%40ss%2fw%20d', '[redacted]'],
  ['as a form', 'p@ss/w d', 'p%40ss%2Fw+d', '[redacted]'],
  ['as the URL class writes a password', "p@ss'&$w", "p%40ss'&$w", '[redacted]'],
  ['percent-encoded where it need not be', 'hunter2!', 'h%75nter2%21', '[redacted]'],
  ['URL-encoded twice', 'p@ss/w d', 'p%2540ss%252Fw%2520d', '[redacted]'],
  ['JSON-escaped', 'say "hi"\\', '{"p":"say \\"hi\\"\\\\"}', '{"p":"[redacted]"}'],
  ['JSON in JSON', 'say "hi"', '"{\\"p\\":\\"say \\\\\\"hi\\\\\\"\\"}"', '"{\\"p\\":\\"[redacted]\\"}"'],
  ['JSON as Go writes it', 'a<b>&c', '"a\\u003cb\\u003e\\u0026c"', '"[redacted]"'],
  ['JSON as Python writes it', 'pässwort', '"p\\u00e4sswort"', '"[redacted]"'],
  ['JSON in a URL', 'say "hi"', 'say%20%5C%22hi%5C%22', '[redacted]'],
  ['beyond ASCII, URL-encoded', 'pässwört', 'p%C3%A4ssw%C3%B6rt', '[redacted]'],
  ['hex', 'hunter2!', '68756e74657232216', '[redacted]6'],
  ['a Basic header', 'hunter2!', `Basic ${btoa('admin:hunter2!')}`, 'Basic YWRtaW46[redacted]'],
  ['a Basic header of another', 'hunter2!', `Basic ${btoa('admin:hunter2!?')}`, 'Basic YWRtaW46[redacted]/'],
  ['base64url', '\u00fb\u00ff\u00fe?~', Buffer.from('\u00fb\u00ff\u00fe?~').toString('base64url'), '[redacted]'],
  ['part of a longer secret', 'abcd', 'abcdefgh', '[redacted]efgh'],
  [
    'short, as a value',
    'ab',
    'cab ab pass=ab {"p":"ab"} x: ab token: ab abc',
    'cab ab pass=[redacted] {"p":"[redacted]"} x: ab token: [redacted] abc',
  ],
  ['short, of punctuation', '","', 'a","b', 'a[redacted]b'],
  ['short, in a URL-encoded text', 'a/b', 'x=a%2Fb', 'x=[redacted]'],
])('a secret is taken out: %s', (_, secret, text, expected) => {
  expect(redactorOf(secret).redact(text)).toBe(expected)
})

test.each([
  ['postgres', '127.0.0.1:19432/postgres: password authentication failed for user "postgres"'],
  ['1', 'connect to 127.0.0.1:5431 failed after 1 try'],
  ['password', 'FATAL: password authentication failed'],
  ['12345', 'took 12345 ms at 10.0.0.1:12345'],
])('a password that is an ordinary word, %s, is not told by what is missing', (secret, text) => {
  expect(redactorOf(secret).redact(text)).toBe(text)
  expect(redactorOf(secret).redact(`${text} (password=${secret})`)).toBe(`${text} (password=[redacted])`)
  expect(redactorOf(secret).redact(`db://u:${secret}@h`)).toBe('db://[redacted]@h')
})

test('a secret that contains another one disappears whole, and so do two that overlap', () => {
  expect(redactorOf('abcd', 'abcdefgh').redact('x abcdefgh y')).toBe('x [redacted] y')
  expect(redactorOf('abcdef', 'defghi').redact('x abcdefghi y')).toBe('x [redacted] y')
  expect(redactorOf('ababab').redact('x abababab y')).toBe('x [redacted] y')
})

test('every longer line of a secret is a secret, however it is indented', () => {
  const redactor = redactorOf('-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\nabc\r\n-----END KEY-----\n')
  expect(redactor.redact('key: |\n    MIIEvQIBADANBg\n    abc')).toBe('key: |\n    [redacted]\n    abc')
})

test('the white space around a secret does not hide it', () => {
  expect(redactorOf('  hunter2!\n').redact('"hunter2!"')).toBe('"[redacted]"')
})

test('an empty or blank secret takes nothing out', () => {
  expect(redactorOf('', '  ', '\n').redact('a  b\nc')).toBe('a  b\nc')
})

test('a secret added later counts from then on', () => {
  const redactor = redactorOf('first-one')
  expect(redactor.redact('first-one second-one')).toBe('[redacted] second-one')
  redactor.add('second-one')
  expect(redactor.redact('first-one second-one')).toBe('[redacted] [redacted]')
})

test('half a surrogate pair is no reason to fail', () => {
  expect(redactorOf('pass\ud800word').redact('pass\ud800word %d8%00 \\ud800')).toBe('[redacted] %d8%00 \\ud800')
})

test.each([
  ['https://user:pass@host/path', 'https://[redacted]@host/path'],
  ['https://token@host', 'https://[redacted]@host'],
  ['redis://:a@b@host:6379', 'redis://[redacted]@host:6379'],
  ['https://host/@scope/x', 'https://host/@scope/x'],
  ['https://host?mail=a@b', 'https://host?mail=a@b'],
  ['{"a":"https://host","b":"c@d"}', '{"a":"https://host","b":"c@d"}'],
  ['https://[redacted]@host', 'https://[redacted]@host'],
])('the user info of a URL that nobody told of: %s', (text, expected) => {
  expect(new Redactor().redact(text)).toBe(expected)
})

const secrets = fc.string({ unit: 'grapheme', minLength: 4 }).filter((text) => text.trim().length >= 4)
const around = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('%4', '\\', '%', '=', 'Basic '))

/** Encodes some characters of a text and leaves others, as it happens when two programs disagree on what must be. */
const mixed = (text: string, choices: readonly number[]): string =>
  [...text]
    .map((char, index) => {
      const choice = choices[index % choices.length]
      if (choice === 1) return [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      return char
    })
    .join('')

const encoders: Readonly<Record<string, (secret: string) => string>> = {
  raw: (secret) => secret,
  'URL-encoded': encodeURIComponent,
  form: (secret) => new URLSearchParams({ secret }).toString().slice('secret='.length),
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  'JSON in JSON': (secret) => JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  hex: (secret) => Buffer.from(secret).toString('hex'),
}

test.each(Object.entries(encoders))('no secret survives in any text: %s', (_, encode) => {
  fc.assert(
    fc.property(secrets, around, around, (secret, before, after) => {
      const pieces = redactorOf(secret)
        .redact(before + encode(secret) + after)
        .split('[redacted]')
      for (const piece of pieces) expect(piece).not.toContain(encode(secret))
      expect(pieces.length).toBeGreaterThan(1)
    }),
  )
})

test('no secret survives when some of its characters are percent-encoded', () => {
  fc.assert(
    fc.property(secrets, fc.array(fc.nat({ max: 1 }), { minLength: 1 }), (secret, choices) => {
      // A percent sign of the secret itself must be encoded, or the result means something else.
      const text = mixed(secret.replaceAll('%', 'x'), choices)
      expect(redactorOf(secret.replaceAll('%', 'x')).redact(`p=${text}&q`)).toBe('p=[redacted]&q')
    }),
  )
})

test.each(['base64', 'base64url'] as const)(
  'no secret survives in %s of a text around it, at any offset',
  (encoding) => {
    fc.assert(
      fc.property(
        secrets,
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (secret, before, after) => {
          const encoded = Buffer.concat([before, Buffer.from(secret), after]).toString(encoding)
          const pieces = redactorOf(secret).redact(encoded).split('[redacted]')
          expect(pieces.length).toBeGreaterThan(1)
          for (const piece of pieces) {
            for (const skipped of [0, 1, 2, 3]) {
              expect(Buffer.from(piece.slice(skipped), encoding).includes(secret)).toBe(false)
            }
          }
          expect(redactorOf(secret).redact(encodeURIComponent(encoded))).toContain('[redacted]')
        },
      ),
    )
  },
)

test('a long text full of escapes keeps everything but the secret', () => {
  const redactor = new Redactor()
  for (let index = 0; index < 200; index++) redactor.add(`secret-number-${index}`)
  const text = 'x %41 \\n + '.repeat(10_000)
  expect(redactor.redact(`${text}secret-number-7`)).toBe(`${text}[redacted]`)
})

test('a secret that was forgotten as often as it was added is none any more', () => {
  const redactor = new Redactor()
  for (const secret of ['rotated-1', 'rotated-1', 'line one is long\nline two is long']) redactor.add(secret)
  redactor.forget('rotated-1')
  expect(redactor.redact('rotated-1')).toBe('[redacted]')
  redactor.forget('rotated-1')
  redactor.forget('line one is long\nline two is long')
  expect(redactor.redact('rotated-1, line two is long')).toBe('rotated-1, line two is long')
})

test('a text that is ours stays, also where a password is a part of it', () => {
  const redactor = new Redactor()
  redactor.add('orders')
  redactor.show('postgres db:5432/orders')
  expect(redactor.redact('postgres db:5432/orders: refused orders')).toBe('postgres db:5432/orders: refused [redacted]')
  expect(redactor.redact('db:5432/orders')).toBe('db:5432/[redacted]')
})
