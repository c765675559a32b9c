import { RefusedError } from '@initbox/core'
import { formatPick, type Pick } from '../entries/entry.ts'

/** Undoes the encoding that `decode=` names; white space around and within is nothing. Throws RefusedError. */
export function decode(bytes: Uint8Array, pick: Pick): Uint8Array {
  const { decode: encoding } = pick
  if (encoding === undefined) return bytes
  const text = Buffer.from(bytes).toString('latin1').replace(/\s+/g, '')
  const form = encoding === 'hex' ? /^(?:[\da-fA-F]{2})*$/ : /^[A-Za-z0-9+/_-]*={0,2}$/
  // A base64 text never has one letter too many (RFC 4648 §4); Node would drop it.
  if (form.test(text) && (encoding === 'hex' || text.replace(/=+$/, '').length % 4 !== 1)) {
    return Buffer.from(text, encoding)
  }
  throw new RefusedError(`${formatPick(pick)} is not ${encoding}`, { hint: `leave decode=${encoding} out` })
}
