import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheFolder } from './cache-folder.ts'

/**
 * Runs `use` while no other process on this machine holds the lock of that name.
 * SQLite's file lock stands in for flock(2), which Node lacks: the kernel drops it with the process, so none is ever stale.
 */
export async function withLock<T>(name: string, use: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(join(cacheFolder('locks'), name), { timeout: 0 })
  try {
    while (!acquire(database)) await sleep(100)
    return await use()
  } finally {
    database.close()
  }
}

function acquire(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('locked')) return false
    throw error
  }
}
