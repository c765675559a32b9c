import { decodeText, readInputFile } from '../files/input-file.ts'

/** Kubernetes keeps Secrets of at most 1 MiB. */
const limit = 2 ** 20

/** Reads the file that a `…_FILE` variable names, without its last line end. Throws an Error that says why it cannot. */
export function readSecretFile(path: string): string {
  const secret = withoutLineEnd(decodeText(readInputFile(path, { limit }).bytes, path))
  if (secret === '') throw new Error(`${path} is empty`)
  return secret
}

/** Editors and `echo` end a secret with a line end that is no part of it. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
