import { RefusedError } from '@initbox/core'
import type { ObjectStore } from '../pack/object-store.ts'
import { objectType } from '../pack/object-table.ts'
import { taggedObject } from '../tree/commit.ts'
import type { AllowedSigner } from './allowed-signers.ts'
import { type SignedObject, signedCommit, signedTag } from './signed-object.ts'
import { verifySignature } from './verify-signature.ts'

export type ChainSettings = {
  /** What was asked for: the commit, or the tag that leads to it, hexadecimal. */
  readonly from: string
  readonly commit: string
  readonly signers: readonly AllowedSigner[]
  readonly ref: string | undefined
}

/** More tags of tags than anybody makes. */
const LONGEST = 20

/** Verifies the signature of a commit that has come, or of a tag that leads to it. Returns a sentence. Throws RefusedError. */
export function verifyChain(store: ObjectStore, { from, commit, signers, ref }: ChainSettings): string {
  const objects: SignedObject[] = []
  for (let id = from; objects.length < LONGEST;) {
    const index = store.table.find(Buffer.from(id, 'hex'), 0)
    const type = index === -1 ? objectType.unknown : store.table.type(index)
    if (type !== objectType.tag && type !== objectType.commit)
      throw new RefusedError(`the server did not send the commit or tag ${id}`)
    const bytes = store.named(index)
    if (type === objectType.tag) {
      objects.push(signedTag(bytes))
      id = taggedObject(bytes)
      continue
    }
    // The server says where a tag leads to; here it is read.
    if (id !== commit) throw new RefusedError(`the tag leads to ${id}, and the server says to ${commit}`)
    return verifySignature([...objects, signedCommit(bytes)], signers, ref)
  }
  throw new RefusedError(`the ref leads to more than ${LONGEST} tags`)
}
