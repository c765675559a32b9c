import { readText } from '@initbox/core'

type Target = { readonly host: string; readonly port: number; readonly database: string; readonly user: string }

/**
 * The password of the first matching line of a libpq password file, `host:port:database:user:password` with `*` for any
 * and `\` before `:` and `\` (docs: libpq-pgpass). Modes are not looked at: a mounted Secret is readable for its group.
 */
export function findPassword(path: string, { host, port, database, user }: Target): string | undefined {
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user]
  for (const line of readText(path, { limit: 2 ** 20, option: '--passfile' }).split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const fields = [...line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g)].map(([, field = '']) =>
      field.replace(/\\(.)/g, '$1'),
    )
    if (fields.length < 5) continue
    if (wanted.every((value, index) => fields[index] === '*' || fields[index] === value)) return fields[4]
  }
  return undefined
}
