/** A bearer token, and when it is of no use any more, in seconds since 1970. */
export type Token = { readonly text: string; readonly until: number }

/** Keeps a token as long as it is good; whoever asks meanwhile waits for the same one. */
export class KeptToken {
  readonly #fetch: (signal: AbortSignal) => Promise<Token>
  #token: Promise<Token> | undefined

  constructor(fetch: (signal: AbortSignal) => Promise<Token>) {
    this.#fetch = fetch
  }

  async text(signal: AbortSignal): Promise<string> {
    let token = await (this.#token ??= this.#ask(signal))
    if (token.until < Date.now() / 1_000) token = await (this.#token = this.#ask(signal))
    return token.text
  }

  async #ask(signal: AbortSignal): Promise<Token> {
    try {
      return await this.#fetch(signal)
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }
}

/**
 * What an OAuth 2.0 server answers (RFC 6749 §5.1), used up to so many seconds before its end; undefined where it has no
 * token.
 */
export function tokenIn(answer: string, early: number): Token | undefined {
  const [, text] = /"access_token"\s*:\s*"([^"\\]+)"/.exec(answer) ?? []
  const [, seconds] = /"expires_in"\s*:\s*"?(\d+)/.exec(answer) ?? []
  if (text === undefined) return undefined
  return { text, until: Date.now() / 1_000 + Math.max(0, Number(seconds ?? 0) - early) }
}
