/** Where the endpoints are; an empty host is every address of the Pod. */
export type Listen = { readonly host: string; readonly port: number }

/** Parses `:8080`, `127.0.0.1:8080`, `[::1]:8080` or `none`. Throws a plain Error that completes "`--listen` …". */
export function parseListen(text: string): Listen | 'none' {
  if (text === 'none') return text
  const [, host, port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new Error(`must be like :8080, 127.0.0.1:8080 or none, not '${text}'`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

export function formatListen({ host, port }: Listen): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
