/** One word of a POSIX shell, with quotes of its own: `NAME=${NAME}`, not `NAME="${NAME}"` (POSIX.1 §2.2.2). */
export function shell(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`
}
