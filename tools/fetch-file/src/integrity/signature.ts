/** A signature that was made by the expected key, if it is of the content that it is held against. */
export type Signature = {
  /** For messages. */
  readonly source: string
  /** Whether content of any size can be held against it as it comes. */
  readonly isStreamed: boolean
  readonly bytes: Buffer
  /** What the signer says of it, which is signed too; undefined where the kind has no place for that. */
  readonly comment: string | undefined
  /** The key, for messages. */
  readonly key: string
  readonly verifier: () => Verifier
}

/** Takes the content, and says whether it was signed. */
export type Verifier = { readonly update: (bytes: Uint8Array) => void; readonly isRight: () => boolean }

/** Whether the signature is of content that is in memory. */
export function isSignatureOf(signature: Signature, content: Uint8Array): boolean {
  const verifier = signature.verifier()
  verifier.update(content)
  return verifier.isRight()
}
