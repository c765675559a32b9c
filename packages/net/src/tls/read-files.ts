import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { readText, systemCode, UsageError } from '@initbox/core'
import { optionNames, type TlsSettings } from './settings.ts'

const limit = 4 * 2 ** 20

/**
 * Reads CA, certificate and key of the client, and looks whether they can be used: OpenSSL takes a CA file without a
 * certificate in it, or a certificate without its key, without a word. Throws UsageError naming the file, and what
 * `readText` throws.
 */
export function secureContext({ ca, cert, key, names = optionNames }: TlsSettings): SecureContext {
  const given = {
    ca: ca === undefined ? undefined : readCa(ca, names.ca),
    ...(cert === undefined && key === undefined ? {} : readPair({ cert, key, names })),
  }
  try {
    return createSecureContext(given)
  } catch (error) {
    // The pieces were looked at; what is left is OpenSSL's own policy, as a key that is too small for it.
    const file = systemCode(error)?.startsWith('ERR_SSL_CA_') ? ca : cert
    throw new UsageError(`cannot use ${file ?? ca ?? 'TLS'}: ${reasonOf(error)}`, { cause: error })
  }
}

type Pair = Pick<TlsSettings, 'cert' | 'key'> & { readonly names: NonNullable<TlsSettings['names']> }

function readPair({ cert, key, names }: Pair): { readonly cert: string; readonly key: string } {
  if (cert === undefined) throw new UsageError(`${names.key} needs ${names.cert}: a key alone is no login`)
  if (key === undefined) throw new UsageError(`${names.cert} needs ${names.key}: a certificate alone is no login`)
  const pair = { cert: readPem(cert, names.cert), key: readPem(key, names.key) }
  const certificate = parse(pair.cert, cert, names.cert, 'a certificate', (text) => new X509Certificate(text))
  const keyObject = parse(pair.key, key, names.key, 'a key', (text) => createPrivateKey(text))
  if (!certificate.checkPrivateKey(keyObject)) {
    throw new UsageError(`the key in ${key} (${names.key}) is not that of the certificate in ${cert} (${names.cert})`)
  }
  return pair
}

function readCa(file: string, name: string): string {
  const text = readPem(file, name)
  if (!text.includes('-----BEGIN CERTIFICATE-----') && !text.includes('-----BEGIN TRUSTED CERTIFICATE-----')) {
    throw new UsageError(`there is no certificate in ${file} (${name})`, { hint: hintOf(text) })
  }
  return text
}

/** A PEM file as text. DER is no UTF-8, and what it is is said rather than that. */
function readPem(file: string, name: string): string {
  try {
    return readText(file, { limit, option: name })
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('not UTF-8'))) throw error
    const hint = 'openssl x509 (or pkey) -inform DER turns it into PEM'
    throw new UsageError(`${file} (${name}) is not PEM`, { hint, cause: error })
  }
}

function parse<T extends X509Certificate | KeyObject>(
  text: string,
  file: string,
  name: string,
  what: string,
  make: (text: string) => T,
): T {
  try {
    return make(text)
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(text)
    const problem = encrypted ? 'its key is encrypted' : `there is no ${what.slice(2)} in it that can be read`
    throw new UsageError(`cannot use ${file} (${name}): ${problem}`, { hint: hintOf(text), cause: error })
  }
}

function hintOf(text: string): string | undefined {
  if (/ENCRYPTED/.test(text)) return 'an init container has nobody who types a passphrase; openssl pkey takes it off'
  const [, found] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text) ?? []
  return found === undefined ? 'it must be PEM, with a line -----BEGIN …-----' : `it holds a ${found.toLowerCase()}`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'reason' in error ? String(error.reason) : error.message
}
