import { RefusedError } from '@initbox/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReplyReader } from './reply-reader.ts'

const runs = process.env['INITBOX_FULL'] === '1' ? 300_000 : 20_000

function read(text: string, sizes: readonly number[] = []): string[] {
  const said: string[] = []
  const reader = new ReplyReader({
    done: (count) => said.push(...Array.from({ length: count }, () => 'done')),
    nothing: () => said.push('nothing'),
    failed: (message) => said.push(`failed: ${message}`),
  })
  const bytes = Buffer.from(text, 'latin1')
  try {
    let at = 0
    for (const size of [...sizes, bytes.length]) {
      reader.feed(bytes.subarray(at, at + size))
      at += size
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    said.push('garbled')
  }
  return said
}

test.each([
  ['+OK\r\n+OK\r\n', ['done', 'done']],
  [':1\r\n$-1\r\n$3\r\na\r\n\r\n', ['done', 'nothing', 'done']],
  ['-ERR no\r\n+OK\r\n', ['failed: ERR no', 'done']],
  ['*2\r\n:1\r\n-WRONGTYPE x\r\n+OK\r\n', ['failed: WRONGTYPE x', 'done']],
  ['*2\r\n*1\r\n$-1\r\n*0\r\n*-1\r\n', ['done', 'nothing']],
  ['+O', []],
  ['HTTP/1.1 400\r\n', ['garbled']],
  ['$99999999999\r\n', ['garbled']],
  [':x\r\n', ['garbled']],
  ['+OK\n', ['garbled']],
])('%j is %j', (text, said) => expect(read(text)).toEqual(said))

test('replies are the same in whatever pieces they come, and garbage is only refused', () => {
  const tokens = [
    '+OK\r\n',
    '-ERR x\r\n',
    ':1\r\n',
    '$-1\r\n',
    '$2\r\n\r\n\r\n',
    '*2\r\n',
    '*-1\r\n',
    '\r\n',
    '$',
    '1',
    '+',
    '\0',
    'OK',
  ]
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...tokens), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }),
      (all, sizes) => {
        const text = all.join('')
        expect(read(text, sizes)).toEqual(read(text))
      },
    ),
    { numRuns: runs },
  )
})
