import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '@initbox/testing/certificate'
import { compare, type Contender, type Result } from '../measure.ts'

/** Start, one successful check, end: whole processes, against the same Node running an empty file. */
export async function costs(program: readonly string[], runs: number): Promise<readonly Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'initbox-costs-'))
  const certificate = makeCertificate()
  const servers: Server[] = []
  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const says = (bytes: string) => (socket: Socket) =>
    socket.on('error', () => {}).once('data', () => socket.write(bytes, 'latin1'))
  try {
    const tcp = await listen(createServer((socket) => socket.on('error', () => {}).end()))
    const redis = await listen(createServer(says('+PONG\r\n')))
    const postgres = await listen(createServer(says('R\0\0\0\u0008\0\0\0\u0003')))
    const http = await listen(createHttpServer((_, response) => response.end('ok')))
    const https = await listen(createHttpsServer(certificate, (_, response) => response.end('ok')))
    await writeFile(join(folder, 'empty.cjs'), '')
    await writeFile(
      join(folder, 'net.cjs'),
      `require('node:net').connect(${tcp}, '127.0.0.1', function () { this.destroy() })`,
    )
    const node = (label: string, ...args: string[]): Contender => ({
      label,
      argv: [process.execPath, ...args],
      cwd: folder,
    })
    const waitFor = (label: string, ...targets: string[]): Contender => ({
      ...node(label),
      argv: [process.execPath, ...program.slice(1), ...targets],
    })
    return await compare(
      [
        node('empty file', 'empty.cjs'),
        node('bare node:net connect', 'net.cjs'),
        waitFor('tcp', `tcp://127.0.0.1:${tcp}`),
        waitFor('50 × tcp', ...Array.from({ length: 50 }, () => `tcp://127.0.0.1:${tcp}`)),
        waitFor('file', `file://${folder}/empty.cjs`),
        waitFor('redis', `redis://127.0.0.1:${redis}`),
        waitFor('postgres', `postgres://127.0.0.1:${postgres}`),
        waitFor('http', `http://127.0.0.1:${http}/`),
        waitFor('https', `https://localhost:${https}/?ca=${certificate.file}`),
      ],
      runs,
    )
  } finally {
    for (const server of servers) server.close()
    certificate.remove()
    await rm(folder, { recursive: true })
  }
}
