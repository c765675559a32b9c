import { writeFileSync } from 'node:fs'
import { runToolWith, useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { fakeRedis, store } from './testing/fake-redis.ts'
import { tool } from './tool.ts'

useVolume()

// Peers send the mark as a part of the first command, keep the CR in each value, or drop a last line that has no end.
test.each([
  ['in.ndjson', [], '{"key":"a","value":"1"}\r\n\r\n{"key":"b","value":"2"}'],
  ['in.csv', ['--key', '${id}', '--value', '${name}'], 'id,name\r\na,1\r\nb,2'],
  ['commands:in.redis', [], 'SET a 1\r\nSET b 2'],
])('a file as Windows writes it, with a byte order mark: %s', async (source, words, text) => {
  const { keys, answer } = store()
  writeFileSync(source.replace('commands:', ''), `\uFEFF${text}`)
  const run = await runToolWith(tool, ['--in', source, '--url', await fakeRedis(answer), ...words])
  expect(run).toMatchObject({ code: 0, log: expect.stringContaining('loaded 2 records') })
  expect(Object.fromEntries(keys)).toEqual({ a: '1', b: '2' })
})

test('UTF-16 is refused by its line', async () => {
  writeFileSync('in.ndjson', Buffer.from('\uFEFF{"key":"a","value":"1"}\n', 'utf16le'))
  const run = await runToolWith(tool, ['--in', 'in.ndjson', '--url', 'redis://127.0.0.1:1', '--dry-run'])
  expect(run).toMatchObject({ code: 5, log: expect.stringContaining('in.ndjson:1: it is not UTF-8') })
})
