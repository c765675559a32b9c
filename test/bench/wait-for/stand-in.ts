import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kind, Place } from './peers.ts'

/** A service that is not there yet; `start` brings it up and resolves at the moment from which a client can use it. */
export type StandIn = Place & { readonly start: () => Promise<void>; readonly stop: () => Promise<void> }

/** PostgreSQL's answer while it starts (protocol §55.8, SQLSTATE 57P03), and its question for a password. */
const startingUp = message('E', 'SFATAL\0C57P03\0Mthe database system is starting up\0\0')
const passwordWanted = message('R', '\0\0\0\u0003')

/** Makes a stand-in of one kind whose address is already known. PostgreSQL starts up for 300 ms after it listens. */
export async function standIn(kind: Kind, folder: string): Promise<StandIn> {
  const port = await freePort()
  const file = `${folder}/${port}`
  let server: Server | undefined
  let usable = kind !== 'postgres'
  const listen = (made: Server): Promise<void> => {
    server = made
    return new Promise((resolve) => made.listen(port, '127.0.0.1', resolve))
  }
  const start = {
    file: () => writeFile(file, 'ready'),
    tcp: () => listen(createServer((socket) => socket.on('error', () => {}).end())),
    http: () => listen(createHttpServer((_, response) => response.end('ok'))),
    postgres: async () => {
      await listen(createServer((socket) => socket.on('error', () => {}).once('data', () => answer(socket, usable))))
      await sleep(300)
      usable = true
    },
  }[kind]
  return { port, file, start, stop: async () => void server?.close() }
}

function answer(socket: Socket, usable: boolean): void {
  if (usable) socket.write(passwordWanted)
  else socket.end(startingUp)
}

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, Buffer.from(body, 'latin1')])
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
