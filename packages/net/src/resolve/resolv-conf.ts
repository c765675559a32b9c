import { ipFamily } from './ip-family.ts'

/** What resolv.conf(5) says. */
export type ResolvConf = {
  /** IP addresses, at most three as in glibc; 127.0.0.1 when the file names none. */
  readonly nameservers: readonly string[]
  readonly search: readonly string[]
  /** A name with at least so many dots is asked as it is first. */
  readonly ndots: number
  /** Milliseconds until the next name server is asked. */
  readonly timeout: number
  readonly attempts: number
}

/** Parses resolv.conf(5). Lines and options that it does not know are skipped, as glibc does. */
export function parseResolvConf(file: string): ResolvConf {
  const nameservers: string[] = []
  let search: string[] = []
  const numbers = { ndots: 1, timeout: 5, attempts: 2 }
  // The limits are glibc's (resolv.h): RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY.
  const limits: Record<string, number> = { ndots: 15, timeout: 30, attempts: 5 }
  for (const line of file.split('\n')) {
    // A comment begins a line, or stands behind the values.
    const [keyword, ...values] = line.replace(/(^|\s)[#;].*/, '').split(/\s+/)
    const [value = ''] = values
    if (keyword === 'nameserver' && ipFamily(value) !== 0) nameservers.push(value)
    if (keyword === 'search' || keyword === 'domain') search = values.filter((domain) => domain !== '')
    if (keyword !== 'options') continue
    for (const option of values) {
      const [, name = '', digits = ''] = /^(ndots|timeout|attempts):(\d+)$/.exec(option) ?? []
      if (name in numbers) numbers[name as keyof typeof numbers] = Math.min(Number(digits), limits[name] ?? 0)
    }
  }
  return {
    nameservers: nameservers.length === 0 ? ['127.0.0.1'] : nameservers.slice(0, 3),
    search: search.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''),
    ndots: numbers.ndots,
    timeout: Math.max(1, numbers.timeout) * 1_000,
    attempts: Math.max(1, numbers.attempts),
  }
}

/** The full names to ask for, in order: resolv.conf(5), "search" and "ndots". */
export function candidatesOf(name: string, { search, ndots }: Pick<ResolvConf, 'search' | 'ndots'>): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const inDomains = search.map((domain) => `${name}.${domain}`)
  const dots = name.split('.').length - 1
  return dots >= ndots ? [name, ...inDomains] : [...inDomains, name]
}
