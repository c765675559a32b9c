import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probeOnce } from '../testing/probe-once.ts'
import { serve } from '@initbox/testing/serve'

describe('tcp and unix', () => {
  test('ready by address and by name, though ::1 refuses', async () => {
    const port = await serve(() => {})
    await expect(probeOnce(`tcp://127.0.0.1:${port}`)).resolves.toBeUndefined()
    await expect(probeOnce(`tcp://localhost:${port}`)).resolves.toBeUndefined()
  })

  test('a refused connection is a clean "gone", and soon tried again', async () => {
    // Port 1 (tcpmux) of loopback: nobody listens there.
    await expect(probeOnce('tcp://127.0.0.1:1')).rejects.toMatchObject({ state: 'refused', gone: true, soon: true })
    await expect(probeOnce('tcp://localhost:1')).rejects.toMatchObject({ state: 'refused', gone: true })
  })

  test('a name that cannot be resolved is not yet ready', async () => {
    await expect(probeOnce('tcp://no-such-name.invalid:1', { limit: 500 })).rejects.toMatchObject({ exitCode: 124 })
  })

  test('unix: missing, a file that is no socket, a listener', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'initbox-unix-'))
    const path = join(folder, 's')
    await expect(probeOnce(`unix://${path}`)).rejects.toMatchObject({ state: 'missing', gone: true })
    writeFileSync(path, '')
    await expect(probeOnce(`unix://${path}`)).rejects.toMatchObject({ state: 'refused' })
    rmSync(path)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => {
      server.close()
      rmSync(folder, { recursive: true })
    })
    await expect(probeOnce(`unix://${path}`)).resolves.toBeUndefined()
  })

  test('can wait for a greeting', async () => {
    const port = await serve((socket) => {
      socket.write('220 ma')
      setImmediate(() => socket.write('il.test ESMTP\r\n'))
    })
    await expect(probeOnce(`tcp://127.0.0.1:${port}?expect=^220 .*ESMTP`)).resolves.toBe('220 mail.test ESMTP')
    await expect(probeOnce(`tcp://127.0.0.1:${port}?expect=^SSH-`, { limit: 100 })).rejects.toMatchObject({
      state: 'other greeting',
      message: 'no /^SSH-/mu from it, it says: 220 mail.test ESMTP',
    })
    const silent = await serve(() => {})
    await expect(probeOnce(`tcp://127.0.0.1:${silent}?expect=x`, { limit: 50 })).rejects.toMatchObject({
      state: 'silent',
    })
    const closing = await serve((socket) => socket.end())
    await expect(probeOnce(`tcp://127.0.0.1:${closing}?expect=x`)).rejects.toMatchObject({ state: 'closed' })
  })

  test('can want the connection to stay open', async () => {
    const open = await serve(() => {})
    await expect(probeOnce(`tcp://127.0.0.1:${open}?open-for=20ms`)).resolves.toBeUndefined()
    const proxy = await serve((socket) => socket.end())
    await expect(probeOnce(`tcp://127.0.0.1:${proxy}?open-for=5s`)).rejects.toMatchObject({
      message: 'it accepts connections and closes them at once',
    })
  })
})
