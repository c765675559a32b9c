import { option } from '@initbox/core'

/** Digests that a file must have, in lower-case hex. */
export type Expected = { readonly sha256?: string; readonly sha512?: string }

const digest = (length: number) =>
  option.of('hex', (text) => {
    const hex = text.toLowerCase().replace(/^sha(256|512)[:-]/, '')
    if (!new RegExp(`^[0-9a-f]{${length}}$`).test(hex))
      throw new Error(`must be ${length} hexadecimal digits, not '${text}'`)
    return hex
  })

/** Keys that say what a file must be. */
export const digestKeys = {
  sha256: digest(64)({ help: 'The SHA-256 that the file must have' }),
  sha512: digest(128)({ help: 'The SHA-512 that the file must have' }),
}

export function expectedOf({ sha256, sha512 }: Readonly<Record<string, unknown>>): Expected {
  return {
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(typeof sha512 === 'string' ? { sha512 } : {}),
  }
}

export function isExpected({ sha256, sha512 }: Expected): boolean {
  return sha256 !== undefined || sha512 !== undefined
}
