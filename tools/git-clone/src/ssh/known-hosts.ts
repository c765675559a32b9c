import { builtin } from '@initbox/core'

/** Keys of hosts, as `ssh-keyscan` prints them (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export type KnownHost = {
  readonly patterns: string
  readonly type: string
  readonly key: Buffer
  readonly isRevoked: boolean
}

export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const words = line.trim().split(/\s+/)
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined
    const [patterns = '', type = '', key = ''] = words
    if (key === '' || patterns.startsWith('#') || marker === '@cert-authority') return []
    return [{ patterns, type, key: Buffer.from(key, 'base64'), isRevoked: marker === '@revoked' }]
  })
}

/** The keys of a host; a port that is not 22 is part of its name. */
export function keysOf(known: readonly KnownHost[], host: string, port: number): KnownHost[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
  return known.filter(({ patterns }) => matches(patterns, name))
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = patterns.split('|')
    return builtin('node:crypto').createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
  }
  let found = false
  for (const pattern of patterns.toLowerCase().split(',')) {
    const isNegated = pattern.startsWith('!')
    if (!wild(isNegated ? pattern.slice(1) : pattern).test(name)) continue
    if (isNegated) return false
    found = true
  }
  return found
}

function wild(pattern: string): RegExp {
  const parts = pattern
    .split('')
    .map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each.replace(/[^\w]/, '\\$&')))
  return new RegExp(`^${parts.join('')}$`)
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${builtin('node:crypto').createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}
