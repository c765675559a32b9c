/**
 * The value of a variable in a file of lines `NAME='value'`, as `fileKeyRef` reads it: between the quotes everything means itself, line
 * ends too (KEP-3721; k8s.io/kubernetes/pkg/kubelet/util/env). Undefined when the name is not there; what is no such file, as far as it
 * is read, is a plain Error.
 */
export function valueInEnvFile(text: string, key: string): string | undefined {
  const lines = text.replace(/\n$/, '').split('\n')
  for (let number = 1; lines.length > 0; number++) {
    const line = (lines.shift() ?? '').replace(/^[ \t]+/, '')
    if (line === '' || line.startsWith('#')) continue
    const [, name, rest = ''] = /^([^=]*[^=\s])=(.*)$/s.exec(line) ?? []
    if (name === undefined) throw new Error(`line ${number} is not NAME='value'`)
    if (/^[ \t]/.test(rest) || rest === '') {
      if (name === key) return undefined
      if (rest !== '') continue
    }
    if (!rest.startsWith("'")) throw new Error(`line ${number}: the value must be in single quotes`)
    const value = [rest.slice(1)]
    while (!value.at(-1)?.includes("'")) {
      const next = lines.shift()
      if (next === undefined) throw new Error(`line ${number}: the quote is not closed`)
      value.push(next)
    }
    number += value.length - 1
    const [last = '', ...after] = value.pop()?.split("'") ?? []
    if (!/^[ \t]*(#.*)?$/.test(after.join("'"))) throw new Error(`line ${number}: something stands after the quote`)
    if (name === key) return [...value, last].join('\n')
  }
  return undefined
}
