const letters: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f' }

/** The value of a line in a Java properties file (`java.util.Properties`, load): all beyond ASCII as `\u00e9`. */
export function properties(value: string): string {
  return value
    .replaceAll(/[\\\n\r\t\f]/g, (char) => letters[char] ?? char)
    .replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/^ /, '\\ ')
}
