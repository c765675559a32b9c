import { UsageError } from '@initbox/core'

/** A key that may sign, and for whom. Times are in seconds since 1970. */
export type AllowedSigner = {
  readonly principals: string
  readonly key: Buffer
  readonly namespaces: readonly string[] | undefined
  readonly after: number
  readonly before: number
}

const keyType = /^(ssh|ecdsa|sk)-[\w@.-]+$/
const line = /^\s*("[^"]*"|\S+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)?((?:ssh|ecdsa|sk)-[\w@.-]+)\s+([A-Za-z\d+/]+=*)(?:\s|$)/

/**
 * Parses a file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"): principals, options, key. Authorities of
 * certificates are not supported. Throws UsageError that names the line which cannot be read.
 */
export function parseAllowedSigners(text: string): readonly AllowedSigner[] {
  const signers: AllowedSigner[] = []
  for (const [index, each] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(each)) continue
    const [, principals, given, type, base64] = line.exec(each) ?? []
    // `alice ssh-ed25519 AAAA…`: without options the type stands where they would.
    const words = given !== undefined && keyType.test(given) ? undefined : given
    const fail = (why: string): never => {
      throw new UsageError(`line ${index + 1} of --verify-signature ${why}`, {
        hint: 'each line is: principals [options] key-type key, as for ssh-keygen -Y verify',
      })
    }
    if (principals === undefined || type === undefined || base64 === undefined) return fail('is no allowed signer')
    const options = optionsOf(words ?? '', fail)
    signers.push({
      principals: principals.replaceAll('"', ''),
      key: Buffer.from(base64, 'base64'),
      namespaces: options.get('namespaces')?.split(','),
      after: timeOf(options.get('valid-after'), fail) ?? -Infinity,
      before: timeOf(options.get('valid-before'), fail) ?? Infinity,
    })
  }
  if (signers.length === 0) throw new UsageError('--verify-signature names no signer')
  return signers
}

function optionsOf(text: string, fail: (why: string) => never): Map<string, string> {
  const options = new Map<string, string>()
  for (const [whole] of text.matchAll(/(?:[^,"]|"[^"]*")+/g)) {
    const [, name = '', value = ''] = /^([^=]+)=?(.*)$/s.exec(whole) ?? []
    const known = name.toLowerCase()
    if (known === 'cert-authority') fail('names an authority of certificates, which are not supported')
    if (!['namespaces', 'valid-after', 'valid-before'].includes(known)) fail(`has the unknown option ${name}`)
    options.set(known, value.replace(/^"(.*)"$/s, '$1'))
  }
  return options
}

/** YYYYMMDD[HHMM[SS]][Z], in UTC with the Z and in the container's time without. */
function timeOf(text: string | undefined, fail: (why: string) => never): number | undefined {
  if (text === undefined) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = ''] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(text) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`)
  return Number.isNaN(time) ? fail(`has no time that is known: ${text}`) : time / 1000
}
