/** One header of a request; names are compared without regard to case. */
export type Header = readonly [name: string, value: string]

/** The value of a Basic authorization header (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** These headers, and those of ours that are not among them. */
export function withDefaults(given: readonly Header[], ours: readonly Header[]): readonly Header[] {
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return [...ours.filter(([name]) => !names.has(name)), ...given]
}
