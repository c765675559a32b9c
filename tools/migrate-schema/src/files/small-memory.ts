import { setV8Flags } from '@initbox/core'

/** Files from this size on are worth keeping the process small for; the memory of smaller ones does not show. */
const large = 1024 * 1024

let done = false

/**
 * Makes V8 keep within a container of 64 MiB while a large file streams through: the young generation stays at the size that
 * it starts with, where it would grow to 48 MB although hardly anything of it lives on, and code is not compiled a second
 * time, which takes 7 MB and gains nothing where the server sets the pace. To be called before much code has become hot.
 */
export function keepMemorySmall(bytes: number): void {
  if (done || bytes < large) return
  done = true
  setV8Flags('--semi-space-growth-factor=1', '--no-turbofan')
}
