/** The words of a command in RESP that begins at `start`, as pieces of the buffer, and where the next one begins. */
export function wordsAt(bytes: Buffer, start: number): { readonly words: Buffer[]; readonly end: number } {
  const words: Buffer[] = []
  let at = bytes.indexOf(10, start) + 1
  for (let count = Number(bytes.toString('latin1', start + 1, at - 2)); count > 0; count--) {
    const from = bytes.indexOf(10, at) + 1
    const length = Number(bytes.toString('latin1', at + 1, from - 2))
    words.push(bytes.subarray(from, from + length))
    at = from + length + 2
  }
  return { words, end: at }
}

/** A command in RESP. */
export function command(...words: (string | Uint8Array)[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)]
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
