import { integer, text, type Shape } from './shape.ts'

/** Kinds of values that many fields have, each as the API server checks it (k8s.io/apimachinery/pkg/util/validation). */
function matching(pattern: RegExp, longest: number, what: string): Shape<string> {
  return (value, path, findings) => {
    const word = text(value, path, findings)
    if (typeof word === 'string' && (word.length > longest || !pattern.test(word)))
      findings.problems.push(`${path}: '${word.slice(0, 80)}' is no ${what}`)
    return word
  }
}

/** The same kind, or an empty text, which is as good as none. */
export function orNone(kind: Shape<string>): Shape<string> {
  return (value, path, findings) => (value === '' ? '' : kind(value, path, findings))
}

/** An integer from `least` to `most`. */
export function within(least: number, most: number, show: (value: number) => string = String): Shape<number> {
  return (value, path, findings) => {
    const number = integer(value, path, findings)
    if (number < least || number > most)
      findings.problems.push(`${path}: must be between ${show(least)} and ${show(most)}`)
    return number
  }
}

const subdomain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]'

/** The name of an object. */
export const objectName = matching(new RegExp(`^${subdomain}$`), 253, 'lowercase RFC 1123 subdomain')
/** A name of the DNS that may have underscores. */
export const searchDomain = matching(
  /^[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?(\.[a-z0-9_]([-_a-z0-9]*[a-z0-9_])?)*\.?$|^\.$/,
  253,
  'lowercase RFC 1123 subdomain (underscores are allowed)',
)
/** A key of a ConfigMap or Secret. */
export const configKey = matching(/^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]+$/, 253, "key: letters, digits, '-', '_' and '.'")
/** The name of a variable, or the beginning of one. */
export const variableName = matching(
  /^[ -<>-~]+$/,
  Number.MAX_SAFE_INTEGER,
  "variable name: printable ASCII without '='",
)
export const headerName = matching(/^[-A-Za-z0-9]+$/, Number.MAX_SAFE_INTEGER, 'name of an HTTP header')
/** The key of a label, an annotation or a condition. */
export const labelKey = matching(
  new RegExp(`^(${subdomain}/)?${qualified}$`),
  317,
  "label key: letters, digits, '-', '_' and '.'",
)
/** The value of a label; it may be empty. */
export const labelValue = matching(new RegExp(`^(${qualified})?$`), 63, "label: letters, digits, '-', '_' and '.'")
export const sysctlName = matching(
  /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/,
  253,
  'name of a sysctl',
)
/** Any text but none. */
export const someText = matching(/./s, Number.MAX_SAFE_INTEGER, 'text: it is empty')

/** The mode of a file; `0o` because YAML 1.1 and JSON write it differently. */
export const fileMode = within(0, 0o777, (mode) => (mode === 0 ? '0' : `0${mode.toString(8)}`))
export const portNumber = within(1, 65_535)
