import { builtin, RefusedError, UsageError } from '@initbox/core'
import type { Signature } from './signature.ts'

/**
 * Reads what `cosign sign-blob --key` wrote: the signature in base64 (`--output-signature`), or a bundle of Sigstore
 * (protobuf-specs, `Bundle.message_signature`) or of cosign 2. The key alone decides: certificates and transparency logs of
 * a bundle are not looked at. Throws RefusedError, and UsageError for a key that is none of ECDSA and RSA.
 */
export function readCosign(bytes: Buffer, pem: string, source: string): Signature {
  const { createPublicKey, createVerify } = builtin('node:crypto')
  let key
  try {
    key = createPublicKey(pem)
  } catch (cause) {
    throw new UsageError('--public-key is no public key in PEM', { cause })
  }
  if (key.asymmetricKeyType !== 'ec' && key.asymmetricKeyType !== 'rsa')
    throw new UsageError(`--public-key is of the kind ${key.asymmetricKeyType}, and of PEM keys ec and rsa are taken`)
  const signature = signatureIn(bytes)
  if (signature === undefined)
    throw new RefusedError(`${source} has no signature of cosign`, {
      hint: 'it is what sign-blob --key writes: base64 or a bundle',
    })
  return {
    source,
    isStreamed: true,
    bytes: signature,
    comment: undefined,
    key: key.asymmetricKeyType,
    verifier: () => {
      const verify = createVerify('sha256')
      return { update: (content) => void verify.update(content), isRight: () => verify.verify(key, signature) }
    },
  }
}

function signatureIn(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString().trim()
  const encoded = text.startsWith('{') ? inBundle(text) : text
  if (encoded === undefined || !/^[A-Za-z0-9+/\s]+={0,2}$/.test(encoded)) return undefined
  const signature = Buffer.from(encoded, 'base64')
  return signature.length < 8 ? undefined : signature
}

function inBundle(text: string): string | undefined {
  try {
    const { messageSignature, base64Signature } = JSON.parse(text) as {
      messageSignature?: { signature?: unknown } | null
      base64Signature?: unknown
    }
    const found = messageSignature?.signature ?? base64Signature
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
