import { expect, test } from 'vitest'
import { logSettingsIn } from './log-settings.ts'

test.each([
  [{}, 'text', 'info'],
  [{ LOG_FORMAT: '', LOG_LEVEL: '' }, 'text', 'info'],
  [{ LOG_FORMAT: 'json', LOG_LEVEL: 'debug' }, 'json', 'debug'],
  [{ LOG_FORMAT: 'JSON', LOG_LEVEL: 'INFO' }, 'json', 'info'],
  [{ LOG_FORMAT: 'logfmt', LOG_LEVEL: 'warn' }, 'text', 'warning'],
  [{ LOG_FORMAT: 'ecs', LOG_LEVEL: ' Trace ' }, 'json', 'debug'],
  [{ LOG_LEVEL: 'fatal' }, 'text', 'error'],
])('%j', (environment, format, level) => {
  expect(logSettingsIn(environment)).toEqual({ format, level, warnings: [] })
})

test('a word that nobody knows is a warning, and the default counts', () => {
  expect(logSettingsIn({ LOG_FORMAT: 'xml', LOG_LEVEL: 'constructor' })).toEqual({
    format: 'text',
    level: 'info',
    warnings: [
      'LOG_FORMAT is none of text, json, so text counts',
      'LOG_LEVEL is none of debug, info, warning, error, so info counts',
    ],
  })
})
