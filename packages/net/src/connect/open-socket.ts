import { connect, type Socket } from 'node:net'
import { systemCode } from '@initbox/core'
import { formatPlace, type Place } from '../endpoint.ts'
import { NotYet } from '../not-yet.ts'

/**
 * Opens one connection to an IP address or a Unix socket. Throws NotYet when there is none, and the signal's reason when
 * it is aborted before.
 */
export function openSocket(place: Place, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect('host' in place ? { host: place.host, port: place.port } : { path: place.path })
    const settle = (): void => {
      signal.removeEventListener('abort', stop)
      socket.removeListener('connect', opened).removeListener('error', failed)
    }
    const opened = (): void => {
      settle()
      resolve(socket)
    }
    const failed = (error: Error): void => {
      settle()
      reject(connectFailure(error, formatPlace(place)))
    }
    const stop = (): void => {
      settle()
      socket.on('error', () => {}).destroy()
      reject(signal.reason)
    }
    socket.once('connect', opened).once('error', failed)
    signal.addEventListener('abort', stop, { once: true })
  })
}

const states: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'reset',
  ENOTSOCK: 'not a socket',
}

/** Says in words why there is no connection: connect(2)'s errors are all "not yet", and only some are a clean "gone". */
function connectFailure(error: Error, place: string): Error {
  const code = systemCode(error)
  if (code === 'ECONNREFUSED') {
    return new NotYet('refused', `connection refused by ${place}`, { gone: true, soon: true, cause: error })
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NotYet('missing', `${place} does not exist`, { gone: true, soon: true, cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = 'the socket file or a network policy does not let this user in'
    return new NotYet('not permitted', `connection to ${place} is not permitted`, { hint, cause: error })
  }
  const state = states[code ?? '']
  if (state === undefined) return error
  return new NotYet(state, `${place} is ${state === 'no answer' ? 'silent' : state}`, { cause: error })
}
