import { RefusedError } from '@initbox/core'
import { fingerprint } from '../ssh/known-hosts.ts'
import type { AllowedSigner } from './allowed-signers.ts'
import type { SignedObject } from './signed-object.ts'
import { parseSshSignature } from './ssh-signature.ts'

/** What git signs for. */
const NAMESPACE = 'git'

/**
 * Finds who has signed what a ref leads to: the tags on the way, and the commit. One good signature is enough, for each
 * names what follows by its id. Returns a sentence. Throws RefusedError when there is none of an allowed signer.
 */
export function verifySignature(
  objects: readonly SignedObject[],
  signers: readonly AllowedSigner[],
  ref: string | undefined,
): string {
  let why: RefusedError | undefined
  for (const object of objects) {
    try {
      const signer = signerOf(object, signers, ref)
      if (signer !== undefined) return signer
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      why ??= error
    }
  }
  const what = objects.map(({ kind }) => kind).join(' and ')
  throw why ?? new RefusedError(`the ${what} is not signed (--verify-signature)`)
}

function signerOf(
  { kind, payload, signature, time, name }: SignedObject,
  signers: readonly AllowedSigner[],
  ref: string | undefined,
): string | undefined {
  if (signature === undefined) return undefined
  if (!signature.startsWith('-----BEGIN SSH SIGNATURE-----')) {
    throw new RefusedError(`the ${kind} is signed by OpenPGP or X.509, and only signatures of ssh are checked`, {
      hint: 'git config gpg.format ssh',
    })
  }
  const { key, isOf } = parseSshSignature(signature)
  const shown = fingerprint(key)
  // The key first: nothing is computed with one that nobody allows.
  const own = signers.filter((each) => each.key.equals(key) && (each.namespaces?.some(isGit) ?? true))
  if (own.length === 0) throw new RefusedError(`the ${kind} is signed with a key that is not allowed: ${shown}`)
  const valid = own.find(({ after, before }) => after <= time && time < before)
  if (valid === undefined)
    throw new RefusedError(`the ${kind} is signed at a time at which the key ${shown} was not allowed`)
  if (!isOf(payload, NAMESPACE))
    throw new RefusedError(`the signature of the ${kind} is wrong: it is of something else`)
  // A server could hand out an older tag under a newer name.
  if (kind === 'tag' && ref !== undefined && ref !== `refs/tags/${name}`)
    throw new RefusedError(`the tag that was signed is ${name}, and the server calls it ${ref}`)
  return `the ${kind} is signed by ${valid.principals}`
}

/** Patterns of namespaces have stars (ssh-keygen(1)). */
function isGit(pattern: string): boolean {
  return pattern === NAMESPACE || pattern === '*' || pattern === 'git*'
}
