import {
  type Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '@initbox/testing/certificate'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

const certificate = makeCertificate()
afterAll(() => certificate.remove())

/** The gRPC project's own server for Node on a free port of 127.0.0.1 until the end of the test. */
async function listen(server: Server, credentials = ServerCredentials.createInsecure(), port = 0): Promise<number> {
  onTestFinished(() => server.forceShutdown())
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, found) => (error ? reject(error) : resolve(found)))
  })
}

const same = (bytes: Buffer): Buffer => bytes

describe('wait-for grpc', () => {
  test('follows the health service: unknown service, not serving, serving, and not any more', async () => {
    const health = new HealthImplementation({ '': 'SERVING' })
    const server = new Server()
    health.addToServer(server)
    const port = await listen(server)
    const target = `grpc://127.0.0.1:${port}`
    await expect(probeOnce(target)).resolves.toBeUndefined()
    const cart = `${target}?service=shop.Cart`
    await expect(probeOnce(cart)).rejects.toMatchObject({ state: 'service unknown', gone: true })
    health.setStatus('shop.Cart', 'NOT_SERVING')
    await expect(probeOnce(cart)).rejects.toMatchObject({ state: 'not serving', gone: false })
    health.setStatus('shop.Cart', 'UNKNOWN')
    await expect(probeOnce(cart)).rejects.toMatchObject({ state: 'unknown' })
    health.setStatus('shop.Cart', 'SERVING')
    await expect(probeOnce(cart)).resolves.toBeUndefined()
    await expect(probeOnce(target.replace('grpc', 'grpcs'))).rejects.toMatchObject({ exitCode: 124 })
  })

  test('while it starts', async () => {
    const health = new HealthImplementation({ '': 'NOT_SERVING' })
    const first = new Server()
    const port = await listen(first)
    first.forceShutdown()
    const states = statesUntilReady(`grpc://127.0.0.1:${port}`)
    const server = new Server()
    health.addToServer(server)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await listen(server, undefined, port)
    await new Promise((resolve) => setTimeout(resolve, 50))
    health.setStatus('', 'SERVING')
    await expect(states).resolves.toEqual(['refused', 'not serving'])
  })

  test('over TLS', async () => {
    const server = new Server()
    new HealthImplementation({ '': 'SERVING' }).addToServer(server)
    const { cert, key, file } = certificate
    const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }
    const port = await listen(server, ServerCredentials.createSsl(null, [pair]))
    await expect(probeOnce(`grpcs://localhost:${port}?ca=${file}`)).resolves.toBeUndefined()
    await expect(probeOnce(`grpcs://localhost:${port}`)).rejects.toMatchObject({ exitCode: 5 })
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).rejects.toMatchObject({ exitCode: 124 })
  })

  test('a server without a health service, and one that wants a token', async () => {
    const bare = await listen(new Server())
    await expect(probeOnce(`grpc://127.0.0.1:${bare}`)).rejects.toMatchObject({
      state: 'no health service',
      message: 'gRPC UNIMPLEMENTED: The server does not implement the method /grpc.health.v1.Health/Check',
    })
    const strict = new Server()
    const [requestSerialize, requestDeserialize, responseSerialize, responseDeserialize] = Array(4).fill(same)
    const bytes = { requestSerialize, requestDeserialize, responseSerialize, responseDeserialize }
    const check: UntypedHandleCall = ({ metadata }: { metadata: Metadata }, reply: sendUnaryData<Buffer>): void => {
      if (metadata.get('authorization')[0] === 'Bearer t0ken') reply(null, Buffer.from([8, 1]))
      else reply({ code: status.UNAUTHENTICATED, details: 'no token, 100 %' })
    }
    const path = '/grpc.health.v1.Health/Check'
    strict.addService({ check: { path, requestStream: false, responseStream: false, ...bytes } }, { check })
    const port = await listen(strict)
    await expect(probeOnce(`grpc://127.0.0.1:${port}`)).rejects.toMatchObject({
      exitCode: 3,
      message: 'gRPC UNAUTHENTICATED: no token, 100 %',
    })
    const environment = { TOKEN: 't0ken' }
    await expect(probeOnce(`grpc://127.0.0.1:${port}?token-env=TOKEN`, { environment })).resolves.toBeUndefined()
  })
})
