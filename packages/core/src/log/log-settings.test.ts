import { expect, test } from 'vitest'
import { logSettingsIn } from './log-settings.ts'

test.each([
  [{}, { format: 'text', level: 'info', problems: [] }],
  [
    { LOG_FORMAT: '', LOG_LEVEL: '' },
    { format: 'text', level: 'info', problems: [] },
  ],
  [
    { LOG_FORMAT: 'json', LOG_LEVEL: 'debug' },
    { format: 'json', level: 'debug', problems: [] },
  ],
  [
    { LOG_FORMAT: 'xml', LOG_LEVEL: 'loud' },
    {
      format: 'text',
      level: 'info',
      problems: [
        "LOG_FORMAT must be one of text, json, not 'xml'",
        "LOG_LEVEL must be one of debug, info, warning, error, not 'loud'",
      ],
    },
  ],
])('%j', (environment, expected) => {
  expect(logSettingsIn(environment)).toEqual(expected)
})
