import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { stagingName, type StagingKind } from './staging-name.ts'

/** For tests: before each one, the working directory is a new empty volume, with a folder `outside` next to it. */
export function useVolume(): { readonly outside: string } {
  const home = process.cwd()
  let root = ''
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'initbox-publish-')))
    mkdirSync(join(root, 'volume'))
    mkdirSync(join(root, 'outside'))
    process.chdir(join(root, 'volume'))
  })
  afterEach(() => {
    process.chdir(home)
    rmSync(root, { recursive: true })
  })
  return {
    get outside() {
      return join(root, 'outside')
    },
  }
}

/** The staging names in a folder. */
export function stagings(folder = '.'): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('.initbox-'))
}

/** A staging name of a process that has ended. */
export function deadName(kind: StagingKind, name: string): string {
  const { pid } = spawnSync(process.execPath, ['--version'])
  return stagingName(kind, name).replace(`-${process.pid}-`, `-${pid}-`)
}

/** A staging name of a process in another container: of the same Pod, or of another. */
export function foreignName(kind: StagingKind, name: string, pod: 'this' | 'other'): string {
  const [prefix = '', owner = '', pid = '', start = '', host = '', ...rest] = stagingName(kind, name).split('-')
  return [prefix, `${owner.charAt(0)}elsewhere`, pid, start, pod === 'this' ? host : 'otherpod', ...rest].join('-')
}
