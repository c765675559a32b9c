/** Ends a request or a response (gitprotocol-common). */
export const flush = '0000'
/** Stands between a command of protocol v2 and its arguments. */
export const delimiter = '0001'

/** One line of the pkt-line format: four hexadecimal digits of its length, themselves included, and the text. */
export function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 5).toString(16).padStart(4, '0') + text + '\n'
}
