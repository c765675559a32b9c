import { jsonSchema } from '@initbox/config'
import { createServer, type Socket } from 'node:net'
import { type Ship, standIn, type StandIn } from '@initbox/build'
import { postgresStandIn } from '@initbox/testing/stand-ins/postgres'

/** A server that leaves the end of each connection to the client. */
function server(use: (socket: Socket) => void): () => Promise<StandIn> {
  return () => standIn(createServer((socket) => use(socket.on('error', () => {}).resume())))
}

const role = '*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n'

export const ship: Ship = {
  summary: {
    en: 'waits until services are really ready, not just listening',
    zh: '等待服务真正可用，而不只是端口打开',
  },
  packages: ['js-yaml'],
  configSchema: async () => jsonSchema((await import('./src/config.ts')).configShape, 'wait-for --config'),
  layerBudget: 220_000,
  warmUps: [
    { label: 'tcp://', argv: ['tcp://127.0.0.1:{port}'], server: server(() => {}), goal: 1.36 },
    {
      label: 'redis://',
      argv: ['redis://127.0.0.1:{port}'],
      server: server((socket) =>
        socket.on('data', (asked) => socket.write(asked.includes('ROLE') ? role : '+PONG\r\n')),
      ),
      goal: 1.45,
    },
    {
      label: 'postgres://',
      argv: ['postgres://127.0.0.1:{port}'],
      server: () => standIn(postgresStandIn({ password: '', answer: () => ['value', '1'] })),
      goal: 1.45,
    },
  ],
}
