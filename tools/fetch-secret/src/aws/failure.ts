import { DeniedError, NotFoundError, NotReadyError, RefusedError, ToolError, UsageError } from '@initbox/core'

/** What the SDK throws for an answer that is no success: the exception's name, and how the answer came. */
type SdkError = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> }
}

const denied =
  /^(AccessDenied|Unauthorized|UnrecognizedClient|InvalidSignature|IncompleteSignature|InvalidClientTokenId|MissingAuthenticationToken|ExpiredToken|OptInRequired|NotAuthorized|DecryptionFailure|InvalidKeyId|KMS)/
const missing = /^(ResourceNotFound|ParameterNotFound|ParameterVersionNotFound|NotFound)/
const throttled =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded|ProvisionedThroughput|SlowDown|PriorRequestNotComplete|InternalServ|InternalFail|ServiceUnavailable|RequestTimeout)/
/** The SDK has noted the server's time by then, so the next try is signed with it. */
const skewed = /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)|Signature (expired|not yet current)/

/** The error for what an AWS client threw; `what` completes "cannot …". */
export function failureOf(error: unknown, what: string): unknown {
  if (error instanceof ToolError || !(error instanceof Error)) return error
  const { name, $metadata: { httpStatusCode: status = 0 } = {}, $response: response } = error as SdkError
  if (status === 0) return error
  const line = error.message.replaceAll(/\s+/g, ' ').trim()
  const message = `cannot ${what}: ${name}${line === '' ? '' : `: ${line.slice(0, 400)}`}`
  const details = { cause: error }
  if (skewed.test(name) || skewed.test(line)) return new NotReadyError(message, details)
  if (missing.test(name)) return new NotFoundError(message, details)
  if (name.startsWith('InvalidRequest') && /(marked|scheduled) (for deletion|deleted)/.test(line)) {
    return new NotFoundError(message, { ...details, hint: 'restore it, or name another' })
  }
  if (throttled.test(name) || status === 429 || status >= 500) {
    const after = Number(response?.headers?.['retry-after'])
    return new NotReadyError(message, { ...details, ...(Number.isFinite(after) ? { after: after * 1_000 } : {}) })
  }
  if (denied.test(name) || status === 401 || status === 403)
    return new DeniedError(message, { ...details, hint: hintFor(name) })
  if (/^(Validation|InvalidParameter|InvalidRequest)/.test(name)) return new UsageError(message, details)
  return new RefusedError(message, details)
}

function hintFor(name: string): string {
  if (/^(DecryptionFailure|InvalidKeyId|KMS)/.test(name)) return 'the role needs kms:Decrypt on the key of the secret'
  return name.startsWith('AccessDenied')
    ? '`fetch-secret plan` prints the IAM policy that is needed'
    : 'are these credentials of this account and still good?'
}
