import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '@initbox/build'
import { runToolWith, serve, useVolume } from '@initbox/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { tool } from '../../tools/migrate-schema/src/tool.ts'
import { write } from '../services/migrate-schema/database.ts'
import { hostileServers } from './hostile-servers.ts'
import { canHideResolver, withSilentResolver } from './silent-resolver.ts'

useVolume()
beforeEach(() => {
  mkdirSync('migrations')
  write({ '1_a.sql': 'SELECT 1' })
})

const authenticationOk = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

const servers: typeof hostileServers = {
  ...hostileServers,
  'offers TLS and then speaks none': (socket) => socket.once('data', () => socket.write('Sorry, no TLS here')),
  'asks for an unknown way to log in': (socket) => socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 99])),
  'lets everybody in and answers no query': (socket) =>
    socket.once('data', () => socket.write(Buffer.concat([authenticationOk, readyForQuery]))),
}

describe.each(['disable', 'prefer'])('sslmode=%s', (mode) => {
  test.each(Object.keys(servers))(
    'is not ready, and neither hangs nor grows nor crashes, when the server %s',
    async (name) => {
      const port = await serve(servers[name] ?? (() => {}))
      const before = process.memoryUsage.rss()
      const { code, log } = await runToolWith(tool, ['--timeout', '300ms'], {
        DATABASE_URL: `postgres://user:pw@127.0.0.1:${port}/app?sslmode=${mode}`,
      })
      expect([code, log]).toEqual([124, expect.stringContaining(`127.0.0.1:${port}/app`)])
      expect(process.memoryUsage.rss() - before).toBeLessThan(200e6)
    },
  )
})

test.runIf(canHideResolver)('a resolver that never answers delays neither the deadline nor SIGTERM', async () => {
  const program = join(root, 'tools/migrate-schema/src/main.ts')
  const [command, ...words] = await withSilentResolver([process.execPath, program])
  /** Begun, and already looking the name up. */
  const start = async (timeout: string): Promise<ChildProcess> => {
    const child = spawn(command, [...words, '--timeout', timeout], {
      env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://user:pw@db.test/app', LOG_LEVEL: 'debug' },
    })
    for await (const line of createInterface(child.stderr)) if (line.includes('connecting to')) break
    child.stderr.resume()
    return child
  }
  const ended = (child: ChildProcess) => Promise.race([once(child, 'exit'), sleep(6_000, 'still running')])
  expect(await ended(await start('1s'))).toEqual([124, null])
  const child = await start('1m')
  child.kill('SIGTERM')
  expect(await ended(child)).toEqual([143, null])
})
