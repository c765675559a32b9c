/** For the inside of a JSON string, between quotes that the template has (RFC 8259 §7). */
export function json(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}
