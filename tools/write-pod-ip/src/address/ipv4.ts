/** The four bytes of a dotted quad (RFC 6943 §3.1.1, the strict form), or undefined. */
export function parseIPv4(text: string): number[] | undefined {
  const parts = text.split('.')
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return valid ? parts.map(Number) : undefined
}
