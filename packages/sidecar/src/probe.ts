import { request } from 'node:http'
import { NotReadyError, UsageError } from '@initbox/core'
import { formatListen, type Listen } from './listen.ts'
import type { probes } from './probes.ts'

/** As `probe` of the index. */
export async function probe(what: (typeof probes)[number], listen: Listen | 'none'): Promise<string> {
  if (listen === 'none') throw new UsageError('--listen none has nothing to probe')
  const place = formatListen(listen)
  const host = ['', '0.0.0.0', '::'].includes(listen.host) ? '127.0.0.1' : listen.host
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new NotReadyError(`${what} of ${place}: ${reason}`))
    const call = request({ host, port: listen.port, path: `/${what}`, timeout: 3_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text = (text + piece).slice(0, 1_000)
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(text.trim()) : fail(text.trim())))
    })
    call.on('timeout', () => call.destroy(new Error('no answer within 3 s')))
    call.on('error', (error) => fail(error.message))
    call.end()
  })
}
