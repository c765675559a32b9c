import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

/** RabbitMQ 3, AMQP 0-9-1. */
export const rabbitmq: Recipe<{ readonly url: string }> = {
  name: 'rabbitmq',
  address: ({ host, port, environment: { RABBITMQ_DEFAULT_USER, RABBITMQ_DEFAULT_PASS } }) => ({
    url: `amqp://${RABBITMQ_DEFAULT_USER}:${RABBITMQ_DEFAULT_PASS}@${host}:${port}/`,
  }),
  // AMQP 0-9-1 §4.2.2: the protocol header is answered with Connection.Start, a method frame (type 1).
  isReady: async ({ port }) => (await exchange(port, 'AMQP\x00\x00\x09\x01'))[0] === 1,
}
