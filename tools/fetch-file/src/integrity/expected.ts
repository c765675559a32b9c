import { option } from '@initbox/core'
import type { Signature } from './signature.ts'

/** What a file must be: its digests in lower-case hex, and a signature that must be of it. */
export type Expected = { readonly sha256?: string; readonly sha512?: string; readonly signature?: Signature }

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

export function isExpected({ sha256, sha512, signature }: Expected): boolean {
  return sha256 !== undefined || sha512 !== undefined || signature !== undefined
}

/** By what files were checked, in one word. */
export function proofOf(all: readonly Expected[]): string {
  const kinds = ['signature', 'sha256', 'sha512'] as const
  return kinds.find((kind) => all.every((each) => each[kind] !== undefined)) ?? 'digests'
}

/** The same for two runs that wanted the same content; undefined where a run takes what comes. */
export function formatExpected({ sha256, sha512, signature }: Expected): string | undefined {
  return sha256 === undefined && sha512 === undefined && signature === undefined
    ? undefined
    : [sha256, sha512, signature?.bytes.toString('base64')].join(' ')
}
