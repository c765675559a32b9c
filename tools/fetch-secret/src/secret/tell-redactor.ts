import type { Context } from '@initbox/core'
import type { Document } from './document.ts'
import { type Json, WrittenNumber } from './json.ts'

/** Shorter values are words of every text: a port, `true`. */
const shortest = 6

/** Tells every value of a secret to the redactor. */
export function tellRedactor({ content }: Document, { redactor }: Context): void {
  if (content.kind === 'bytes') redactor.add(Buffer.from(content.bytes).toString())
  else for (const value of Object.values(content.fields)) tell(value, redactor)
}

function tell(value: Json, redactor: Context['redactor']): void {
  if (typeof value === 'string') {
    if (value.length >= shortest) redactor.add(value)
  } else if (value !== null && typeof value === 'object' && !(value instanceof WrittenNumber)) {
    for (const each of Object.values(value)) tell(each, redactor)
  }
}
