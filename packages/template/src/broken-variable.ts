import { isUtf8 } from 'node:buffer'
import { readBytes } from '@initbox/core'

/**
 * Whether the bytes of a variable are no UTF-8. Node puts U+FFFD in their place and does not say so, so the bytes are looked
 * up where Linux keeps them (proc_pid_environ(5)); elsewhere nobody knows, and the answer is no.
 */
export function isBrokenVariable(name: string, value: string): boolean {
  if (!value.includes('\uFFFD')) return false
  const entry = environmentBytes()
    .split('\0')
    .find((each) => each.startsWith(`${name}=`))
  return entry !== undefined && !isUtf8(Buffer.from(entry, 'latin1'))
}

function environmentBytes(): string {
  try {
    return readBytes('/proc/self/environ', { limit: 2 ** 22 }).toString('latin1')
  } catch {
    return ''
  }
}
