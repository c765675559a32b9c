import { builtin } from '../builtin.ts'

/** GET over http or https; the body is undefined where it is not JSON. Rejects after 5 s of silence. */
export function getJson(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
  const { request } = url.protocol === 'http:' ? builtin('node:http') : builtin('node:https')
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const call = request(url, { headers, signal, timeout: 5_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }))
    })
    call.on('timeout', () => call.destroy(new Error('no answer within 5 s')))
    call.on('error', reject).end()
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
