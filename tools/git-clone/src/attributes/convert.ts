import { encoded } from './encoding.ts'
import type { Attributes } from './rules.ts'

/** Attributes that change what is written, so that a tree without them need not be looked at. */
export const converting = ['text', 'eol', 'crlf', 'ident', 'working-tree-encoding', 'filter']

const LF = 10
const CR = 13

/**
 * The content of a file as git would check it out on Linux (git's convert.c), or undefined where it is the blob's own.
 * `id` is the blob's. Throws RefusedError for an encoding that cannot be written.
 */
export function converted(attributes: Attributes, path: string, id: string, read: () => Buffer): Buffer | undefined {
  const encoding = attributes.get('working-tree-encoding')
  const isEncoded = typeof encoding === 'string' && !/^utf-?8$/i.test(encoding)
  const ends = lineEnds(attributes)
  const hasIdent = attributes.get('ident') === true
  if (ends === 'as they are' && !hasIdent && !isEncoded) return undefined
  const content = read()
  const identified = hasIdent ? withIdent(content, id) : content
  const result = ends === 'as they are' ? identified : withCrLf(identified, ends === 'crlf where it is text')
  if (isEncoded) return encoded(result, encoding, path)
  return result === content ? undefined : result
}

type LineEnds = 'as they are' | 'crlf' | 'crlf where it is text'

function lineEnds(attributes: Attributes): LineEnds {
  const text = attributes.get('text') ?? attributes.get('crlf')
  if (text === false || attributes.get('eol') !== 'crlf') return 'as they are'
  return text === 'auto' ? 'crlf where it is text' : 'crlf'
}

function withCrLf(content: Buffer, onlyText: boolean): Buffer {
  const { loneLf, loneCr, crlf, isBinary } = statistics(content)
  if (loneLf === 0 || (onlyText && (loneCr > 0 || crlf > 0 || isBinary))) return content
  const result = Buffer.allocUnsafe(content.length + loneLf)
  let at = 0
  let last = 0
  for (const byte of content) {
    if (byte === LF && last !== CR) result[at++] = CR
    result[at++] = byte
    last = byte
  }
  return result.subarray(0, at)
}

/** git's `gather_stats` and `convert_is_binary`. */
function statistics(content: Buffer): { loneLf: number; loneCr: number; crlf: number; isBinary: boolean } {
  let [loneLf, loneCr, crlf, nul, printable, strange] = [0, 0, 0, 0, 0, 0]
  for (let at = 0; at < content.length; at++) {
    const byte = content[at] ?? 0
    if (byte === CR) {
      if (content[at + 1] === LF) {
        crlf++
        at++
      } else loneCr++
    } else if (byte === LF) loneLf++
    else if (byte === 0) {
      nul++
      strange++
    } else if (byte === 127 || (byte < 32 && ![8, 9, 27, 12].includes(byte))) strange++
    else printable++
  }
  // A trailing ^Z of DOS.
  if (content.at(-1) === 26) strange--
  return { loneLf, loneCr, crlf, isBinary: loneCr > 0 || nul > 0 || printable >> 7 < strange }
}

/** `$Id$` becomes `$Id: <id> $`; one with other words in it is not git's, and stays. */
function withIdent(content: Buffer, id: string): Buffer {
  const text = content.toString('latin1')
  const result = text.replaceAll(/\$Id(?:\$|:([^$\n]*)\$)/g, (found, inner: string | undefined) => {
    const space = inner?.indexOf(' ', 1) ?? -1
    return inner !== undefined && space !== -1 && space < inner.length - 1 ? found : `$Id: ${id} $`
  })
  return result === text ? content : Buffer.from(result, 'latin1')
}
