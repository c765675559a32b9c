/** A path of node-vault with its arguments: `{{name}}`, and `{{^name}}default{{/name}}` where there is none. */
export function renderPath(template: string, args: Readonly<Record<string, unknown>>): string {
  const given = (name: string): string => {
    const value = args[name]
    return typeof value === 'string' ? value : ''
  }
  return template
    .replace(/\{\{\^(\w+)\}\}(.*?)\{\{\/\1\}\}/g, (_, name: string, text: string) => (given(name) === '' ? text : ''))
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => encodePath(given(name)))
}

/** Percent-encodes a path; its slashes are the API's own. */
export function encodePath(path: string): string {
  return encodeURIComponent(path).replaceAll('%2F', '/')
}
