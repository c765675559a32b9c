import { formatBytes, RefusedError } from '@initbox/core'
import type { Format } from './format.ts'
import { variablesOf } from './variables.ts'

/** The size limit of KEP-3721. */
const limit = 64 << 10

/**
 * `NAME='value'`, the one form that Kubernetes' `fileKeyRef` reads (KEP-3721; kubernetes/pkg/kubelet/util/env, 1.35)
 * and that a POSIX shell takes literally. Between the quotes everything means itself, so a quote cannot be there; a
 * carriage return would not survive the kubelet's reading by lines.
 */
export const envFile: Format = (facts) => {
  const lines = [...variablesOf(facts)].map(([name, value]) => {
    const [, bad] = /(['\r\0])/.exec(value) ?? []
    if (bad === undefined) return `${name}='${value}'\n`
    const what = bad === "'" ? 'a single quote' : 'a carriage return or NUL'
    throw new RefusedError(`the format env-file cannot carry the value of ${name}: it contains ${what}`, {
      hint: 'the format json can',
    })
  })
  const text = lines.join('')
  const size = Buffer.byteLength(text)
  if (size <= limit) return text
  throw new RefusedError(`the env-file would have ${formatBytes(size)}, and Kubernetes reads at most 64 KiB`)
}
