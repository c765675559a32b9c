/**
 * Parses a URL with one of these schemes (without the colon). Throws a plain Error whose message completes
 * "`--url` …" and quotes nothing of the text: it may carry a password.
 */
export function parseUrl(text: string, protocols: readonly string[]): URL {
  refuseUnreplaced(text)
  if (!URL.canParse(text)) throw new Error(`must be a URL such as ${protocols[0]}://host`)
  const url = new URL(text)
  if (!protocols.includes(url.protocol.slice(0, -1))) {
    throw new Error(`must begin with ${protocols.map((each) => `${each}://`).join(' or ')}, not ${url.protocol}`)
  }
  return url
}

/**
 * Kubernetes replaces `$(NAME)` in args and env by a variable that was defined before it, and leaves it as it is otherwise. No URL
 * has one: throws a plain Error whose message completes "`--url` …" and names the variable only.
 */
export function refuseUnreplaced(text: string): void {
  const [reference] = /\$\([A-Za-z_][\w.-]*\)/.exec(text) ?? []
  if (reference === undefined) return
  throw new Error(`has ${reference} in it, which Kubernetes did not replace: is that variable defined before it?`)
}

/** The URL without user info, query and fragment, for messages. */
export function formatUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`
}

/**
 * What is secret in a URL: the password; a user name that stands for a token, as git hosts take it; and parameters that
 * are called like secrets (`password` of libpq, the signature of a pre-signed URL).
 */
export function secretsIn(url: URL): string[] {
  const { username, password, searchParams } = url
  const isToken = url.protocol.startsWith('http') && (password === '' || password === 'x-oauth-basic')
  const parameters = [...searchParams].filter(([name]) => /pass|token|secret|credential|signature|^sig$/i.test(name))
  const found = [password, decodePart(password), isToken ? username : '', ...parameters.map(([, value]) => value)]
  return found.filter((text) => text !== '')
}

/** Decodes a part of a URL (RFC 3986 §2.1), and is never an error: a percent sign that begins no escape is the part's own. */
export function decodePart(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
}
