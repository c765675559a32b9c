import { createServer } from 'node:net'
import { type Ship, standIn } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'waits until services are really ready, not just listening',
    zh: '等待服务真正可用，而不只是端口打开',
  },
  packages: ['js-yaml'],
  layerBudget: 200_000,
  warmUps: [
    {
      label: 'tcp://',
      argv: ['tcp://127.0.0.1:{port}'],
      // It says nothing and leaves the end of the connection to the tool.
      server: () => standIn(createServer((socket) => socket.on('error', () => {}).resume())),
      goal: 1.36,
    },
  ],
}
