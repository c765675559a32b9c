/** Bytes of a termination message: what twelve containers of one Pod may leave together is 12,288. */
export const longestMessage = 1_000

/** Bytes of one message on the log. */
export const longestLine = 4_096

/**
 * A message of at most so many bytes of UTF-8. The middle gives way: what failed stands at the beginning, and why and
 * the hint at the end.
 */
export function shorten(message: string, limit: number): string {
  // No character is longer than three bytes for each of its UTF-16 units.
  if (message.length * 3 <= limit) return message
  const bytes = Buffer.from(message)
  if (bytes.length <= limit) return message
  const mark = ' […] '
  const room = limit - Buffer.byteLength(mark)
  const hint = bytes.length - bytes.lastIndexOf(' (hint: ')
  const tail = hint <= room / 2 && hint < bytes.length ? hint : Math.floor(room / 3)
  return `${upTo(bytes, room - tail)}${mark}${from(bytes, bytes.length - tail)}`
}

/** `a, b, c and 41 more`. */
export function listSome(names: readonly string[], most = 3): string {
  // "and 1 more" is no shorter than the name.
  if (names.length <= most + 1) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}

function upTo(bytes: Buffer, end: number): string {
  let cut = end
  while (inCharacter(bytes[cut])) cut--
  return bytes.toString('utf8', 0, cut).trimEnd()
}

function from(bytes: Buffer, start: number): string {
  let cut = start
  while (inCharacter(bytes[cut])) cut++
  return bytes.toString('utf8', cut).trimStart()
}

function inCharacter(byte: number | undefined): boolean {
  return ((byte ?? 0) & 0xc0) === 0x80
}
