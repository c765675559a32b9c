import { type Context, RefusedError, secretIn, UsageError } from '@initbox/core'
import { failureOf, NotYet, readBody, request } from '@initbox/net'
import { KeptToken, type Token, tokenIn } from './kept-token.ts'

const limit = 64 * 1_024
/** Seconds before its end in which a token is not used any more; the metadata server gives a new one 4 minutes before. */
const early = 120

/**
 * Bearer tokens for gs://: of the variable that a file names, of `GOOGLE_OAUTH_ACCESS_TOKEN`, or of the Pod's service account
 * by the metadata server ("Authenticate workloads to Google Cloud APIs using service accounts", Workload Identity).
 */
export class GoogleTokens {
  readonly #context: Context
  readonly #token = new KeptToken((signal) => this.#fetch(signal))

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws UsageError where there is none, and what the metadata server says. */
  async authorization(tokenEnv: string | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await this.text(tokenEnv, signal)}` }
  }

  /** The token alone; throws the same. */
  async text(tokenEnv: string | undefined, signal: AbortSignal): Promise<string> {
    const { environment, redactor } = this.#context
    const given = secretIn(tokenEnv ?? 'GOOGLE_OAUTH_ACCESS_TOKEN', environment, redactor)
    if (given !== undefined) return given.reveal()
    if (tokenEnv !== undefined) throw new UsageError(`neither $${tokenEnv} nor $${tokenEnv}_FILE is set`)
    return await this.#token.text(signal)
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
    const token = tokenIn(body, early)
    if (token === undefined) throw new RefusedError(`the answer of ${host} has no token`)
    redactor.add(token.text)
    return token
  }
}
