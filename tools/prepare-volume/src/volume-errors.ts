import { OutputError, systemCode } from '@initbox/core'

/** A failed system call on something of the volume, as a sentence (exit 6); other errors come back as they are. */
export function asOutputError(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined || !(error instanceof Error)) return error
  const reason = code === 'EACCES' || code === 'EPERM' ? `permission denied for uid ${process.getuid?.()}` : code
  return new OutputError(`cannot change ${path}: ${reason}`, { cause: error, fields: { path } })
}
