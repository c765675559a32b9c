import { RefusedError } from '@initbox/core'
import { type Format, textsOf } from './format.ts'

/** Longest value and longest file that a kubelet takes, in bytes (kubernetes/pkg/kubelet/kubelet_pods.go). */
const longestValue = 32 * 1_024
const longestFile = 64 * 1_024

/**
 * The file that `env[].valueFrom.fileKeyRef` reads (Kubernetes 1.35, KEP-3721): `NAME='value'`, where everything between
 * the quotes is the value, line ends too, and a quote cannot be.
 */
export const envFile: Format = (found, label) => {
  const lines = textsOf(found, label).map(([name, text]) => {
    if (!/^[!-<>-~]{1,128}$/.test(name) || name.startsWith('#'))
      throw new RefusedError(`${label}: ${JSON.stringify(name)} is no key that fileKeyRef takes`)
    const problem = problemOf(text)
    if (problem === undefined) return `${name}='${text}'\n`
    throw new RefusedError(`${label}: ${name} ${problem}`, { hint: 'mount the volume and read it as a file' })
  })
  const text = lines.join('')
  if (Buffer.byteLength(text) <= longestFile) return text
  throw new RefusedError(`${label} makes more than the 64 KiB that fileKeyRef reads`)
}

function problemOf(text: string): string | undefined {
  if (text.includes("'")) return 'holds a single quote, which an env-file cannot'
  if (text.includes('\0')) return 'holds a NUL byte, which no variable can'
  return Buffer.byteLength(text) > longestValue ? 'is longer than the 32 KiB that fileKeyRef takes' : undefined
}
