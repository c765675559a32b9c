import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Architecture } from './contents.ts'

/** One locked Debian package. */
export type LockedPackage = { readonly version: string; readonly sha256: string }

/** Everything that the base is made of, by content: `debian[architecture][package]`, and Node by npm's integrity hash. */
export type Lock = {
  readonly debian: Readonly<Record<Architecture, Readonly<Record<string, LockedPackage>>>>
  readonly node: { readonly version: string; readonly integrity: Readonly<Record<string, string>> }
}

const lockFile = new URL('lock.json', import.meta.url)

/** The command that every message about a stale lock names. */
export const refreshCommand = 'npm run images -- lock'

/** Reads lock.json, which is trusted: it is part of the checkout. */
export function readLock(): Lock {
  return JSON.parse(readFileSync(lockFile, 'utf8'))
}

/** Writes lock.json in a stable order, so that a refresh shows only what changed. */
export async function writeLock(lock: Lock): Promise<void> {
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value
  await writeFile(lockFile, `${JSON.stringify(lock, sorted, 2)}\n`)
}
