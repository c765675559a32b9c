import { fstatSync } from 'node:fs'

/** Takes away what stands in the terminal's current line. */
export const eraseLine = '\r\u001b[K'

/** Whether stderr is a terminal. */
export function isTerminal(): boolean {
  try {
    // `process.stderr` loads `node:tty`, so the cheap look comes first; device 1:x is /dev/null and its kind.
    const stats = fstatSync(2)
    return stats.isCharacterDevice() && stats.rdev >> 8 !== 1 && process.stderr.isTTY
  } catch {
    return false
  }
}

/** Columns of the terminal on stderr. */
export function terminalWidth(): number {
  return process.stderr.columns || 80
}
