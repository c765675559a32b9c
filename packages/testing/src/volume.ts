import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** For tests: before each one the working directory becomes a new empty folder, as a tool's volume is. */
export function useVolume(): void {
  const home = process.cwd()
  let volume = ''
  beforeEach(() => {
    volume = realpathSync(mkdtempSync(join(tmpdir(), 'initbox-volume-')))
    process.chdir(volume)
  })
  afterEach(() => {
    process.chdir(home)
    rmSync(volume, { recursive: true })
  })
}

/** All entries of the working directory, also those that hide, sorted. */
export function volumeEntries(): string[] {
  return readdirSync('.', { recursive: true, encoding: 'utf8' }).toSorted()
}
