import { builtin } from '../builtin.ts'

let done = false

/**
 * Keeps V8's young generation at the size that it starts with. It would grow to 48 MB while a large file streams through,
 * although hardly anything of it lives on, and a container of 64 MiB has no room for that.
 */
export function keepHeapSmall(): void {
  if (done) return
  done = true
  builtin('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}
