import { DeniedError } from '@initbox/core'

type Details = { readonly hint?: string | undefined; readonly cause?: unknown; readonly advice?: string }

/** Denied, and what is missing does not fit into a sentence: a manifest that can be pasted, which only the log shows. */
export class AdvisedError extends DeniedError {
  readonly advice: string

  constructor(message: string, { advice = '', ...details }: Details = {}) {
    super(message, details)
    this.advice = advice
  }
}
