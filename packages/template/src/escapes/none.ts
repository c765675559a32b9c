/** Inserts values as they are. */
export function none(value: string): string {
  return value
}
