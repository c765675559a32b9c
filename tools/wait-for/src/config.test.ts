import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test.each([
  ['a list', '- tcp://a:1\n- tcp://b:2', [{ text: 'tcp://a:1' }, { text: 'tcp://b:2' }]],
  ['a list under its name', 'targets: [tcp://a:1]', [{ text: 'tcp://a:1' }]],
  [
    'parameters, one or several of a name, as they are written',
    'targets:\n- target: http://web/\n  status: [200, 0204]\n  matches: 1.10\n  insecure: true',
    [
      {
        text: 'http://web/',
        parameters: [
          ['status', '200'],
          ['status', '0204'],
          ['matches', '1.10'],
          ['insecure', 'true'],
        ],
      },
    ],
  ],
])('reads %s', (_, given, targets) => {
  expect(readConfig(given)).toEqual(targets)
})

test('all that is wrong is told together, with its line, and no value of it', () => {
  const given = [
    'targets:',
    '- {target: [], password: s3cr3t}',
    '- {target: http://web/, header: {a: s3cr3t}}',
    '- [s3cr3t]',
  ]
  expect(() => readConfig(given.join('\n'))).toThrow(
    'the YAML of --config, WAIT_FOR_CONFIG: 3 problems: line 2, column 3: targets[0].target is missing; line 3, column 33: targets[1].header must be a list; line 4, column 3: targets[2] must be a map',
  )
})
