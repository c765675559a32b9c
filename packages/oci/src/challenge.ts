/** What a registry wants before it answers. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: string
      readonly service: string | undefined
      readonly scope: string | undefined
    }

/**
 * The first challenge of a WWW-Authenticate header that can be met (RFC 9110 §11.6.1, distribution "Token Authentication
 * Specification"); several stand behind each other, separated by commas as their parameters are.
 */
export function parseChallenge(header: string): Challenge | undefined {
  const tokens = [...header.matchAll(/([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g)]
  const found: { scheme: string; parameters: Map<string, string> }[] = []
  for (const [, name = '', quoted, plain] of tokens) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else found.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  for (const { scheme, parameters } of found) {
    const realm = parameters.get('realm')
    if (scheme === 'basic') return { scheme }
    if (scheme === 'bearer' && realm !== undefined)
      return { scheme, realm, service: parameters.get('service'), scope: parameters.get('scope') }
  }
  return undefined
}
