import { DeniedError, option } from '@initbox/core'
import { connect, formatEndpoint, garbled, NotYet } from '@initbox/net'
import { tlsParameters, tlsSettings } from '../../wire/tls-parameters.ts'
import { call, type GrpcAnswer } from './call.ts'
import { defineProbe } from '../probe.ts'

export const probe = defineProbe({
  ready: 'its health service (grpc.health.v1) says SERVING',
  example: 'grpc://api:50051?service=shop.Cart',
  address: { hosts: 'one', port: 'required', path: '?service=NAME' },
  parameters: {
    service: option.string({ default: '', help: 'Service to ask about; the server as a whole when not given' }),
    tokenEnv: option.string({
      help: 'Variable that holds a bearer token; with _FILE added, the variable that names its file',
    }),
    ...tlsParameters,
  },
  prepare(target, context) {
    const { service, tokenEnv } = target.parameters
    const secured = { ...tlsSettings(target.parameters, context), protocols: ['h2'] }
    const tls = target.scheme === 'grpcs' ? secured : undefined
    const token = tokenEnv === undefined ? undefined : context.secret(tokenEnv)
    const request = {
      authority: formatEndpoint(target),
      path: '/grpc.health.v1.Health/Check',
      headers: token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` },
      message: text(1, service),
    }
    return {
      async attempt(signal) {
        const socket = await connect(target, { tls, signal })
        try {
          return check(await call(socket, request, signal))
        } finally {
          socket.destroy()
        }
      },
    }
  },
})

// https://grpc.io/docs/guides/status-codes
const statusNames = (
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED ' +
  'RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'
).split(' ')

/** The states of HealthCheckResponse (grpc/health/v1/health.proto). */
const states = ['unknown', 'serving', 'not serving', 'service unknown']

function check({ status, words, message }: GrpcAnswer): undefined {
  const name = statusNames[status] ?? `status ${status}`
  const told = words === '' ? `gRPC ${name}` : `gRPC ${name}: ${words}`
  if (status === 7 || status === 16) throw new DeniedError(told, { hint: 'give a token with ?token-env=NAME' })
  if (status === 5) throw new NotYet('service unknown', told, { gone: true })
  if (status === 12) {
    throw new NotYet('no health service', told, { hint: 'the server must register grpc.health.v1.Health' })
  }
  if (status !== 0) throw new NotYet(`gRPC ${name}`, told)
  const state = states[healthOf(message)]
  if (state !== 'serving') throw new NotYet(state ?? 'unknown', `its health is ${state ?? 'unknown'}`)
}

/** Field 1 of the answer, an enum; proto3 leaves a zero out. */
function healthOf(message: Buffer): number {
  if (message.length === 0) return 0
  if (message[0] !== 0x08 || message.length !== 2) throw garbled('no HealthCheckResponse')
  return message[1] ?? 0
}

/** A string field of protobuf (protobuf.dev/programming-guides/encoding); an empty one is left out. */
function text(field: number, value: string): Buffer {
  const bytes = Buffer.from(value)
  if (bytes.length === 0) return bytes
  if (bytes.length > 127) throw new Error('has the parameter service, which is longer than 127 bytes')
  return Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes])
}
