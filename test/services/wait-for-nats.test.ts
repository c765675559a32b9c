import { createConnection } from 'node:net'
import { launchService, nats } from '@initbox/testing'
import { expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

/** Talks to the server as a client of its own, and resolves with everything that it said until `last` was in it. */
function talk(host: string, lines: string, last: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(4222, host, () => socket.write(lines))
    let said = ''
    socket.on('error', reject).setTimeout(5_000, () => socket.destroy(new Error(`only said: ${said}`)))
    socket.on('data', (bytes) => {
      said += String(bytes)
      if (!last.test(said)) return
      resolve(said)
      socket.destroy()
    })
  })
}

test('wait-for nats: ready as soon as a message gets through, and no sooner', async () => {
  await using server = await launchService(nats)
  const target = `nats://${server.address}`
  await statesUntilReady(target)
  await talk(server.address, 'CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB a 5\r\nhello\r\n', /MSG a 1 5\r\nhello/)
  await expect(probeOnce(`${target}?jetstream`)).rejects.toMatchObject({ state: 'no JetStream' })
  await expect(probeOnce(`${target}?tls`)).rejects.toMatchObject({ state: 'no TLS' })
})

test('wait-for nats: JetStream and its streams', async () => {
  await using server = await launchService(nats, { command: ['-js', '--store_dir', '/tmp/js'] })
  const target = `nats://${server.address}`
  await statesUntilReady(`${target}?jetstream`)
  await expect(probeOnce(`${target}?stream=orders`)).rejects.toMatchObject({ state: 'no stream', gone: true })
  const stream = JSON.stringify({ name: 'orders', subjects: ['orders.*'] })
  const request = `PUB $JS.API.STREAM.CREATE.orders in ${stream.length}\r\n${stream}\r\n`
  await talk(server.address, `CONNECT {"verbose":false}\r\nSUB in 1\r\n${request}`, /stream_create_response/)
  await expect(probeOnce(`${target}?stream=orders`)).resolves.toBeUndefined()
})

test('wait-for nats: user and password, or a token', async () => {
  await using server = await launchService(nats, { command: ['--user', 'app', '--pass', 'secret'] })
  await statesUntilReady(`nats://app:secret@${server.address}`)
  await expect(probeOnce(`nats://${server.address}`)).resolves.toBe('password wanted, server is up')
  await expect(probeOnce(`nats://app:wrong@${server.address}`)).rejects.toMatchObject({ exitCode: 3 })
  await using other = await launchService(nats, { command: ['--auth', 't0ken'] })
  await statesUntilReady(`nats://t0ken@${other.address}`)
  const environment = { TOKEN: 't0ken' }
  await expect(probeOnce(`nats://${other.address}?password-env=TOKEN`, { environment })).resolves.toBeUndefined()
  await expect(probeOnce(`nats://wrong@${other.address}`)).rejects.toMatchObject({ exitCode: 3 })
})
