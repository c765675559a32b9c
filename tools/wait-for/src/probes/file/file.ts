import { closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { option, systemCode } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { regex } from '../../regex.ts'
import type { Target } from '../../target.ts'
import { PathWatch } from './path-watch.ts'
import { defineProbe } from '../probe.ts'

const readAtMost = 1_024 * 1_024

const parameters = {
  notEmpty: option.boolean({ help: 'It must have content; a folder must have entries' }),
  matches: regex({ help: 'Regular expression that the first MiB of its content must match' }),
}

export const probe = defineProbe({
  ready: 'the file or folder exists',
  example: 'file://ip.txt?not-empty',
  address: { hosts: 'none', port: 'none' },
  parameters,
  prepare({ path, parameters: wanted }, { signal }) {
    if (path === '' || path.includes('\0')) throw new Error('names no file, as in file://ip.txt or file:///run/ip.txt')
    const watch = new PathWatch(resolve(path), signal)
    return {
      async attempt() {
        // First the watch, then the look: what changes in between is seen by the watch.
        watch.begin()
        check(path, wanted)
        return undefined
      },
      change: (waiting) => watch.change(waiting),
    }
  },
})

function check(path: string, { notEmpty, matches }: Target<typeof parameters>['parameters']): void {
  try {
    const stats = statSync(path)
    const empty = stats.isDirectory() ? readdirSync(path).length === 0 : stats.size === 0
    if (notEmpty && empty) throw new NotYet('empty', 'it exists and is empty', { soon: true })
    if (matches !== undefined && !(stats.isFile() && matches.test(beginOf(path)))) {
      throw new NotYet('no match', `its content does not match ${String(matches)}`, { soon: true })
    }
  } catch (error) {
    throw explain(error, path)
  }
}

function explain(error: unknown, path: string): unknown {
  const code = systemCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NotYet('missing', `${path} does not exist`, { gone: true, soon: true, cause: error })
  }
  // Another container of the Pod may still change modes or owners.
  if (code === 'EACCES' || code === 'EPERM')
    return new NotYet('not permitted', `${path} may not be read`, { cause: error })
  if (code === 'ELOOP' || code === 'EIO' || code === 'ESTALE')
    return new NotYet(code, `${path}: ${code}`, { cause: error })
  return error
}

function beginOf(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(readAtMost)
    return bytes.toString('utf8', 0, readSync(fd, bytes))
  } finally {
    closeSync(fd)
  }
}
