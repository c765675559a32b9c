import type { Login } from './remote.ts'

/** Logins by host, as curl and git read them from a netrc file. */
export type Netrc = ReadonlyMap<string, Login>

const DEFAULT = ''

/** Parses netrc(5): `machine HOST login USER password WORD`, `default`; accounts and macros are of no use here. */
export function parseNetrc(text: string): Netrc {
  const logins = new Map<string, Login>()
  let host: string | undefined
  let user = ''
  let password = ''
  const keep = (): void => {
    if (host !== undefined && !logins.has(host) && (user !== '' || password !== ''))
      logins.set(host, { user, password })
    user = ''
    password = ''
  }
  const words = wordsOf(text)
  for (let word = words.next().value; word !== undefined; word = words.next().value) {
    const value = (): string => words.next().value ?? ''
    if (word === 'machine' || word === 'default') {
      keep()
      host = word === 'default' ? DEFAULT : value().toLowerCase()
    } else if (word === 'login') user = value()
    else if (word === 'password') password = value()
    else if (word === 'account') value()
  }
  keep()
  return logins
}

/** The login of a host; that of `default` where it has none. */
export function loginFor(netrc: Netrc, host: string): Login | undefined {
  return netrc.get(host.toLowerCase()) ?? netrc.get(DEFAULT)
}

/** Words and quoted words, without comments and without the lines of macros, which end at an empty one. */
function* wordsOf(text: string): Generator<string, undefined> {
  let inMacro = false
  for (const line of text.split(/\r?\n/)) {
    if (inMacro) inMacro = line.trim() !== ''
    else if (!/^\s*#/.test(line))
      for (const [, quoted, plain = ''] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
        inMacro = quoted === undefined && plain === 'macdef'
        if (inMacro) break
        yield quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1')
      }
  }
  return undefined
}
