import { OutputError, systemCode, ToolError } from '../errors/errors.ts'
import { inPod } from '../errors/in-pod.ts'
import { formatOutputPath, type OutputPath } from '../values/relative-path.ts'

/** What was wrong in words, and what to do about it. */
type Explanation = readonly [reason: string, hint?: string]

/** Turns a failed system call into the sentence for the person on call (exit 6); other errors come back as they are. */
export function asOutputError(to: OutputPath, error: unknown): unknown {
  const code = systemCode(error)
  if (error instanceof ToolError || code === undefined || !(error instanceof Error)) return error
  // Without the paths of the system call, which are ours and mean nothing to the reader.
  const [reason, hint] = explain(code, to) ?? [error.message.replace(/, .*/s, '')]
  return new OutputError(`cannot write ${formatOutputPath(to)}: ${reason}`, {
    hint,
    cause: error,
    fields: { path: formatOutputPath(to) },
  })
}

/** Makes system calls whose failure means that `to` cannot be written. */
export function writing<Result>(to: OutputPath, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw asOutputError(to, error)
  }
}

function explain(code: string, to: OutputPath): Explanation | undefined {
  const pod = inPod()
  switch (code) {
    case 'EROFS':
      return ['read-only file system', `mount a writable volume ${to.root === '/' ? 'there' : inWorkingDirectory(pod)}`]
    case 'ENOSPC':
      return [
        'no space left on the volume',
        pod ? "raise the emptyDir's sizeLimit or the claim's size; inodes run out too" : 'inodes run out too: df -i',
      ]
    case 'EDQUOT':
      return ['disk quota exceeded', 'raise the quota of the volume']
    // What a folder with the sticky bit says, such as a volume in memory: no group helps there.
    case 'EPERM':
      return [
        `operation not permitted for uid ${process.getuid?.()}`,
        pod
          ? 'in a volume in memory only the user who wrote a file may replace it: the same runAsUser in both containers'
          : 'in a folder with the sticky bit only the user who wrote a file may replace it: the same --user for both',
      ]
    case 'EACCES':
      return [
        `permission denied for uid ${process.getuid?.()}, gid ${process.getgid?.()}`,
        pod
          ? "set fsGroup in the Pod's securityContext, or run as the owner of the volume"
          : 'run as the owner of the folder (--user UID:GID), or give it to this user',
      ]
    case 'ENOTDIR':
      return ['a folder on the way is not a folder']
    case 'EISDIR':
      return ['there is a folder of that name']
    case 'ELOOP':
      return ['too many symlinks on the way']
    case 'ENAMETOOLONG':
      return ['the name is too long for the file system']
    case 'EBUSY':
    case 'EXDEV':
      return [
        'it is a mount point and cannot be replaced',
        'mount its folder as the volume, not the file itself (subPath)',
      ]
    case 'EMFILE':
    case 'ENFILE':
      return ['too many open files', 'raise the nofile limit of the container']
    case 'ENOENT':
      return ['its folder, or what was staged for it, was removed meanwhile']
    case 'EIO':
      return ['the disk reports an input/output error']
    default:
      return undefined
  }
}

function inWorkingDirectory(pod: boolean): string {
  const folder = process.cwd()
  return `at ${folder}, ${pod ? 'or set workingDir to where it is mounted' : `-v NAME:${folder}`}`
}
