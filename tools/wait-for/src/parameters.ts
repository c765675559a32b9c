import { flagOf, nearest, option, type Option, type OptionTable, type Values } from '@initbox/core'
import { decode } from './address.ts'

/** Parameters that every target has: they override the flags of the same name. */
export const commonParameters = {
  timeout: option.timeLimit({ help: 'Give up on this target after this long; 0 is no limit' }),
  attemptTimeout: option.attemptLimit({ help: 'Longest time for one attempt' }),
  interval: option.duration({ help: 'Fixed pause between attempts instead of the back-off' }),
  successes: option.integer({ min: 1, help: 'So many successes in a row' }),
  within: option.duration({ help: 'Spread the successes over this long' }),
  retryDenied: option.boolean({
    help: 'Keep waiting where it denies access, as while a database still makes its roles',
  }),
  // No default: what is not given here comes from the flag.
  invert: { ...option.boolean({ help: 'Wait until it is gone' }), default: undefined } as Option<boolean | undefined>,
}

/** The pairs of a query; `+` stays a plus sign. Throws a plain Error that completes "the target …". */
export function splitQuery(query: string): [name: string, text: string][] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      return equals < 0 ? [decode(part), 'true'] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))]
    })
}

/** Checks the pairs by the table. Every problem completes "the target …". */
export function parseParameters<P extends OptionTable>(
  table: P,
  pairs: readonly (readonly [name: string, text: string])[],
): { readonly values: Values<P>; readonly problems: readonly string[] } {
  const keys = new Map(Object.keys(table).map((key) => [flagOf(key), key]))
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  const parse = (key: string, text: string): unknown => {
    try {
      return table[key]?.parse(text)
    } catch (error) {
      problems.push(`has the parameter ${flagOf(key)}, which ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  for (const [name] of pairs) if (!keys.has(name)) problems.push(unknownParameter(name, [...keys.keys()]))
  for (const [name, key] of keys) {
    const { list, default: usual, required } = table[key] ?? {}
    const texts = pairs.filter(([each]) => each === name).map(([, text]) => text)
    if (list === undefined && texts.length > 1) problems.push(`has the parameter ${name} ${texts.length} times`)
    if (required && texts.length === 0) problems.push(`lacks the parameter ${name}`)
    if (list !== undefined) values[key] = texts.map((text) => parse(key, text))
    else values[key] = texts[0] === undefined && usual === undefined ? undefined : parse(key, texts[0] ?? usual ?? '')
  }
  return { values: values as Values<P>, problems }
}

function unknownParameter(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined
    ? `has the unknown parameter '${name}', known are ${known.toSorted().join(', ')}`
    : `has the unknown parameter '${name}', did you mean ${near}?`
}
