import { mkdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { runToolWith, serve, useVolume } from '@initbox/testing'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { tool } from '../../tools/migrate-schema/src/tool.ts'
import { write } from '../services/migrate-schema/database.ts'

useVolume()
beforeEach(() => {
  mkdirSync('migrations')
  write({ '1_a.sql': 'SELECT 1', '2_b.sql': 'COPY t FROM stdin;\n1\n\\.\n' })
})

const message = (type: string, body: Buffer | string = ''): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(Buffer.byteLength(body) + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}
const row = (...cells: readonly (string | null)[]): Buffer => {
  const count = Buffer.alloc(2)
  count.writeInt16BE(cells.length)
  const parts = cells.map((cell) => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(cell === null ? -1 : Buffer.byteLength(cell))
    return Buffer.concat([length, Buffer.from(cell ?? '')])
  })
  return message('D', Buffer.concat([count, ...parts]))
}
const columns = (...names: readonly string[]): Buffer => {
  const count = Buffer.alloc(2)
  count.writeInt16BE(names.length)
  const about = Buffer.concat([Buffer.alloc(6), Buffer.from([0, 0, 0, 25]), Buffer.alloc(8)])
  return message('T', Buffer.concat([count, ...names.map((name) => Buffer.concat([Buffer.from(`${name}\0`), about]))]))
}
const ready = message('Z', 'I')
const welcome = Buffer.concat([message('R', '\0\0\0\0'), message('K', Buffer.alloc(8)), ready])
const place = JSON.stringify({ pid: 0, schema: 'public', tables: [{ schema: 'public', visible: true }] })

/** What a server says, in any order, once it has let the tool in. */
const lies = fc.oneof(
  fc.constantFrom(
    ready,
    columns(),
    columns('place'),
    columns('records', 'x'),
    row(),
    row(null),
    row('not JSON'),
    row('[1, null, {"kind": 7}]'),
    row(place),
    row('{"pid": 0, "schema": 5, "tables": {}}'),
    row('a', 'b', 'c'),
    message('C', 'SELECT 1\0'),
    message('C', ''),
    message('I'),
    message('1'),
    message('2'),
    message('n'),
    message('s'),
    message('t', '\0\x01'),
    message('R', '\0\0\0\x0a'),
    message('R', '\0\0\0\x0bgarbage'),
    message('S', 'name without value'),
    message('N', 'SNOTICE\0MHello\0\0'),
    message('E', 'SERROR\0VERROR\0C42P01\0Mno such table\0\0'),
    message('E', 'no code'),
    message('E', ''),
    message('G', '\0\0\x01\0\0'),
    message('H', '\0\0\x01\0\0'),
    message('W', '\0\0\0'),
    message('d', 'row'),
    message('c'),
    message('A', '\0\0\0\x01a\0b\0'),
    message('?', 'what'),
    Buffer.from([0x44, 0, 0, 0, 0]),
    Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
)

function liar(answers: readonly (readonly Buffer[])[]): (socket: Socket) => void {
  return (socket) => {
    let asked = 0
    // A statement may run for hours, so that a server which says nothing more is waited for.
    socket.setTimeout(60, () => socket.destroy())
    socket.on('data', () => {
      socket.write(asked === 0 ? welcome : Buffer.concat([...(answers[asked - 1] ?? [])]))
      asked++
      if (asked > answers.length + 1) socket.end()
    })
  }
}

test('whatever a server says after the login, it is "not yet" or refused, and never a bug of ours', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(lies, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), async (answers) => {
      const port = await serve(liar(answers))
      const { code, log } = await runToolWith(tool, ['--timeout', '40ms', '--connect-timeout', '40ms'], {
        DATABASE_URL: `postgres://user@127.0.0.1:${port}/app?sslmode=disable`,
      })
      // The log of a bug has its stack.
      expect([2, 3, 5, 124].includes(code) ? '' : log).toBe('')
    }),
    { numRuns: process.env['INITBOX_FULL'] === '1' ? 5_000 : 60, seed: 20_261_126 },
  )
}, 120_000)
