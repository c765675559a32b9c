import { RefusedError } from '@initbox/core'
import { readable } from '../tree/tree-entries.ts'

/** Writes text in an encoding, or says that it cannot. */
type Encoder = (text: string) => Buffer | undefined

const BOM = '\ufeff'
const little: Encoder = (text) => Buffer.from(text, 'utf16le')
const big: Encoder = (text) => Buffer.from(text, 'utf16le').swap16()
const latin1: Encoder = (text) => (/[^\0-\xff]/.test(text) ? undefined : Buffer.from(text, 'latin1'))

/** Those that people use for files of Windows and macOS; git knows all of iconv's. */
const encoders: Readonly<Record<string, Encoder>> = {
  'utf-16': (text) => little(BOM + text),
  'utf-16le-bom': (text) => little(BOM + text),
  'utf-16le': little,
  'utf-16be-bom': (text) => big(BOM + text),
  'utf-16be': big,
  'iso-8859-1': latin1,
  latin1,
}

/**
 * The content of a file in its `working-tree-encoding` (gitattributes), of the UTF-8 that git keeps. Throws RefusedError for
 * an encoding that is not known, and for text that it has no signs for.
 */
export function encoded(content: Buffer, encoding: string, path: string): Buffer {
  const encode = encoders[encoding.toLowerCase().replace(/^utf(?=\d)/, 'utf-')]
  if (encode === undefined)
    throw new RefusedError(`${readable(path)} wants the working-tree-encoding ${encoding}, which is not supported`, {
      hint: `known are UTF-8, ${Object.keys(encoders).join(', ').toUpperCase()}`,
    })
  const result = encode(decoded(content, path))
  if (result === undefined)
    throw new RefusedError(`${readable(path)} has signs that ${encoding} (working-tree-encoding) has not`)
  return result
}

function decoded(content: Buffer, path: string): string {
  const text = content.toString('utf8')
  if (Buffer.from(text).equals(content)) return text
  throw new RefusedError(`${readable(path)} has a working-tree-encoding, and is not kept as UTF-8`)
}
