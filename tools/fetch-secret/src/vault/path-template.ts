/** A path of `commands.ts` with its arguments: `{{name}}`. */
export function renderPath(template: string, args: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = args[name]
    return typeof value === 'string' ? encodePath(value) : ''
  })
}

/** Percent-encodes a path; its slashes are the API's own. */
export function encodePath(path: string): string {
  return encodeURIComponent(path).replaceAll('%2F', '/')
}
