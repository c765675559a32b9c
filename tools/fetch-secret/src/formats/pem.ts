import { RefusedError } from '@initbox/core'
import type { Json, JsonObject } from '../secret/json.ts'
import { type Format, namedIn } from './format.ts'

/** The parts of a certificate with its key, each ending with one line end. */
export type Certificate = { readonly key: string | undefined; readonly chain: string; readonly ca: string | undefined }

/**
 * The key, the certificate and the certificates between it and its root, one after the other, as nginx and HAProxy take
 * them. Reads what Vault's `pki/issue` answers, and secrets with `tls.key` and `tls.crt`.
 */
export const pem: Format = (found, label) => {
  const { key, chain } = certificateIn(namedIn(found, label), label)
  return (key ?? '') + chain
}

/** The same as the files that a Secret of type kubernetes.io/tls has. */
export function certificateIn(fields: JsonObject, label: string): Certificate {
  const key = text(fields, 'private_key') ?? text(fields, 'tls.key')
  const leaf = text(fields, 'certificate') ?? text(fields, 'tls.crt')
  if (leaf === undefined) {
    throw new RefusedError(`${label} has no certificate to make a PEM file of`, {
      hint: "it needs 'certificate' and 'private_key' as pki/issue answers, or 'tls.crt' and 'tls.key'",
    })
  }
  const ca = text(fields, 'issuing_ca') ?? text(fields, 'ca.crt')
  // A root in the chain is no use to those who do not trust it already.
  const between = list(fields['ca_chain']).filter((each) => each !== ca || list(fields['ca_chain']).length > 1)
  return { key, chain: [leaf, ...between].map(line).join(''), ca: ca === undefined ? undefined : line(ca) }

  function text(object: JsonObject, name: string): string | undefined {
    const value = Object.hasOwn(object, name) ? object[name] : undefined
    return typeof value === 'string' && value.includes('-----BEGIN ') ? line(value) : undefined
  }
}

function list(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string').map(line) : []
}

function line(text: string): string {
  return `${text.trimEnd()}\n`
}
