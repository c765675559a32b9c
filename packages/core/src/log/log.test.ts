import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLog, type LogSettings } from './log.ts'
import { Redactor } from '../secrets/redactor.ts'

function logOf(settings: Partial<LogSettings> = {}, secret = 'hunter2!') {
  const redactor = new Redactor()
  redactor.add(secret)
  const written: string[] = []
  const write = (text: string): void => void written.push(text)
  const time = (): Date => new Date('2026-01-02T03:04:05.678Z')
  const log = createLog({ tool: 'wait-for', format: 'text', level: 'info', redactor, write, time, ...settings })
  return { log, written }
}

test('text: the message, with its level where it is not info', () => {
  const { log, written } = logOf({ level: 'debug' })
  log.debug('looking', { host: 'db' })
  log.info('wrote ip.txt')
  log.warning('slow')
  log.error('cannot')
  expect(written).toEqual(['debug: looking\n', 'wrote ip.txt\n', 'warning: slow\n', 'error: cannot\n'])
})

test('JSON: one object per line, whatever the fields are called', () => {
  const { log, written } = logOf({ format: 'json' })
  log.info('two\nlines', { bytes: 12, fresh: true, level: 'forged', none: undefined })
  expect(written).toEqual([
    '{"time":"2026-01-02T03:04:05.678Z","level":"info","tool":"wait-for","message":"two\\nlines","bytes":12,"fresh":true}\n',
  ])
})

test.each([
  ['debug', ['debug: d\n', 'i\n', 'warning: w\n', 'error: e\n']],
  ['info', ['i\n', 'warning: w\n', 'error: e\n']],
  ['warning', ['warning: w\n', 'error: e\n']],
  ['error', ['error: e\n']],
] as const)('the level %s leaves out what is below it', (level, expected) => {
  const { log, written } = logOf({ level })
  log.debug('d')
  log.info('i')
  log.warning('w')
  log.error('e')
  expect(written).toEqual(expected)
})

test('a secret is taken out of the message and of every field, and the JSON stays whole', () => {
  const { log, written } = logOf({ format: 'json' }, '","')
  log.info('a","b', { text: 'x","y', number: 1 })
  expect(JSON.parse(written.join(''))).toMatchObject({ message: 'a[redacted]b', text: 'x[redacted]y', number: 1 })
})

test('a number may be a secret', () => {
  const { log, written } = logOf({ format: 'json' }, '12345678')
  log.info('pin', { pin: 12_345_678 })
  expect(JSON.parse(written.join(''))).toMatchObject({ pin: '[redacted]' })
})

test('a secret of several short lines does not survive the indentation', () => {
  const { log, written } = logOf({}, 'ab\ncd\nef')
  log.info('it is ab\ncd\nef')
  expect(written).toEqual(['it is [redacted]\n'])
})

test('hostile text can neither forge a line nor colour the terminal', () => {
  const { log, written } = logOf()
  log.warning('server said: no\nerror: forged\r\nready\rgone\u001b[2J')
  expect(written).toEqual(['warning: server said: no\n  error: forged\n  ready\\u000dgone\\u001b[2J\n'])
})

test('any message is one line of JSON, and in text only its first line begins at the left', () => {
  const hostile = fc.string({ unit: fc.constantFrom(...'ab é温😀"\\\n\r\t\0\u001b\u009b\u202e\u2028') })
  fc.assert(
    fc.property(hostile, hostile, (message, field) => {
      const { log, written } = logOf({ format: 'json' })
      log.error(message, { field })
      expect(JSON.parse(written.join(''))).toMatchObject({ message, field })
      expect(written.join('').indexOf('\n')).toBe(written.join('').length - 1)
      const text = logOf()
      text.log.error(message)
      const [first = '', ...more] = text.written.join('').slice(0, -1).split('\n')
      expect(first.startsWith('error: ')).toBe(true)
      for (const line of more) expect(line.startsWith('  ')).toBe(true)
    }),
  )
})

test('a live line is redrawn in place, redacted, cut to the width, and gives way to a line of the log', () => {
  const { log, written } = logOf({ columns: () => 20 })
  log.live?.('1 of 3 hunter2!')
  log.live?.('2 of 3 and a text that does not fit')
  log.info('done')
  log.live?.('3 of\n3')
  log.live?.('')
  log.live?.('')
  expect(written).toEqual([
    '1 of 3 [redacted]',
    '\r\u001b[K2 of 3 and a text t',
    '\r\u001b[Kdone\n',
    '3 of 3',
    '\r\u001b[K',
  ])
})

test('there is no live line where stderr is no terminal, nor between JSON objects', () => {
  expect(logOf({ columns: () => 0 }).log.live).toBeUndefined()
  expect(logOf({ columns: () => 80, format: 'json' }).log.live).toBeUndefined()
})
