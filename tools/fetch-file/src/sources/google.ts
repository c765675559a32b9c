import { type Context, RefusedError, secretIn, UsageError } from '@initbox/core'
import { failureOf, NotYet, readBody, request } from '@initbox/net'

const limit = 64 * 1_024
/** Seconds before its end in which a token is not used any more; the metadata server gives a new one 4 minutes before. */
const early = 120

type Token = { readonly text: string; readonly until: number }

/**
 * Bearer tokens for gs://: of the variable that a file names, of `GOOGLE_OAUTH_ACCESS_TOKEN`, or of the Pod's service account
 * by the metadata server ("Authenticate workloads to Google Cloud APIs using service accounts", Workload Identity).
 */
export class GoogleTokens {
  readonly #context: Context
  #token: Promise<Token> | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws UsageError where there is none, and what the metadata server says. */
  async authorization(tokenEnv: string | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    const { environment, redactor } = this.#context
    const given = secretIn(tokenEnv ?? 'GOOGLE_OAUTH_ACCESS_TOKEN', environment, redactor)
    if (given !== undefined) return { authorization: `Bearer ${given.reveal()}` }
    if (tokenEnv !== undefined) throw new UsageError(`neither $${tokenEnv} nor $${tokenEnv}_FILE is set`)
    let token = await (this.#token ??= this.#ask(signal))
    if (token.until < Date.now() / 1_000) token = await (this.#token = this.#ask(signal))
    return { authorization: `Bearer ${token.text}` }
  }

  async #ask(signal: AbortSignal): Promise<Token> {
    try {
      return await this.#fetch(signal)
    } catch (error) {
      this.#token = undefined
      throw error
    }
  }

  async #fetch(signal: AbortSignal): Promise<Token> {
    const { environment, redactor } = this.#context
    const host = environment['GCE_METADATA_HOST'] || 'metadata.google.internal'
    const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`)
    const response = await request(url, { headers: [['metadata-flavor', 'Google']], signal }).catch(
      (error: unknown) => {
        // The metadata server of GKE refuses for the first seconds of a Pod: only that there is none is for good.
        if (!(error instanceof NotYet) || !error.gone || error.state === 'refused') throw error
        throw new UsageError('gs:// finds no Google credentials', {
          hint: 'give the service account one of Google (Workload Identity), or set GOOGLE_OAUTH_ACCESS_TOKEN; public objects are at https://storage.googleapis.com/BUCKET/OBJECT',
          cause: error,
        })
      },
    )
    const body = (await readBody(response, limit)).toString()
    if (response.status !== 200) throw failureOf(response, `cannot get a token from ${host}`)
    const [, text] = /"access_token"\s*:\s*"([^"\\]+)"/.exec(body) ?? []
    const [, seconds] = /"expires_in"\s*:\s*(\d+)/.exec(body) ?? []
    if (text === undefined) throw new RefusedError(`the answer of ${host} has no token`)
    redactor.add(text)
    return { text, until: Date.now() / 1_000 + Math.max(0, Number(seconds ?? 0) - early) }
  }
}
