import { afterEach, expect, test, vi } from 'vitest'
import { OutputError, UsageError } from '../errors/errors.ts'
import { parseOutputPath } from '../values/relative-path.ts'
import { asOutputError } from './output-error.ts'

const to = parseOutputPath('sub/ip.txt')

afterEach(() => void vi.unstubAllEnvs())

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: what it means, rename '/proc/self/fd/7/a' -> '/proc/self/fd/7/b'`), { code })
}

test.for([
  ['EROFS', 'read-only file system'],
  ['ENOSPC', 'no space left on the volume'],
  ['EDQUOT', 'disk quota exceeded'],
  ['EACCES', `permission denied for uid ${process.getuid?.()}, gid ${process.getgid?.()}`],
  ['EPERM', `operation not permitted for uid ${process.getuid?.()}`],
  ['ENOTDIR', 'a folder on the way is not a folder'],
  ['EISDIR', 'there is a folder of that name'],
  ['ELOOP', 'too many symlinks on the way'],
  ['ENAMETOOLONG', 'the name is too long for the file system'],
  ['EBUSY', 'it is a mount point and cannot be replaced'],
  ['EXDEV', 'it is a mount point and cannot be replaced'],
  ['EMFILE', 'too many open files'],
  ['ENOENT', 'its folder, or what was staged for it, was removed meanwhile'],
  ['EIO', 'the disk reports an input/output error'],
  ['ESTALE', 'ESTALE: what it means'],
] as const)('%s: %s', ([code, reason]) => {
  const cause = systemError(code)
  const error = asOutputError(to, cause)
  expect(error).toBeInstanceOf(OutputError)
  expect(error).toMatchObject({ message: `cannot write sub/ip.txt: ${reason}`, cause })
})

test('the hint of a read-only volume names where to mount one', () => {
  const hint = `mount a writable volume at ${process.cwd()}, `
  expect(asOutputError(to, systemError('EROFS'))).toMatchObject({ hint: `${hint}-v NAME:${process.cwd()}` })
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  const inPod = `${hint}or set workingDir to where it is mounted`
  expect(asOutputError(to, systemError('EROFS'))).toMatchObject({ hint: inPod })
  expect(asOutputError(parseOutputPath('/data/x'), systemError('EROFS'))).toMatchObject({
    message: 'cannot write /data/x: read-only file system',
    hint: 'mount a writable volume there',
  })
})

test('what explains itself already, and what is a bug, stays as it is', () => {
  for (const error of [new UsageError('no'), new TypeError('bug'), 'thrown text'])
    expect(asOutputError(to, error)).toBe(error)
})

test.for(['EACCES', 'EPERM', 'ENOSPC'])('%s: the hint fits where it runs, words of manifests are for Pods', (code) => {
  const hint = (): string => String((asOutputError(to, systemError(code)) as OutputError).hint)
  expect(hint()).not.toMatch(/fsGroup|emptyDir|runAsUser/)
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  expect(hint()).toMatch(/fsGroup|emptyDir|runAsUser/)
})
