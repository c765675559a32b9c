import { NotFoundError, UsageError } from '@initbox/core'
import { type Fact, textOf } from '../facts/facts.ts'
import { fieldRefHint } from '../facts/field-ref.ts'
import type { Format } from './format.ts'

/** One line per address with the same names, hosts(5). Throws NotFoundError and UsageError when there is no name. */
export const hosts: Format = ({ addresses, all }, { hostNames }) => {
  const names = hostNames.length > 0 ? hostNames : [podName(all)]
  return addresses.map(({ text }) => `${text}\t${names.join(' ')}\n`).join('')
}

function podName(all: readonly Fact[]): string {
  const fact = all.find(({ key }) => key === 'podName')
  if (fact === undefined) {
    throw new NotFoundError('a hosts entry needs a name: POD_NAME is not set', {
      hint: `give --host-name, or ${fieldRefHint('POD_NAME', 'metadata.name')}`,
    })
  }
  const name = textOf(fact)
  if (isHostName(name)) return name
  throw new UsageError(`POD_NAME is not a host name: ${JSON.stringify(name)}`, { hint: 'give --host-name' })
}

/** Parses a host name. Throws a plain Error whose message completes "`--host-name` …". */
export function parseHostName(text: string): string {
  if (isHostName(text)) return text
  throw new Error(`must be a host name, not ${JSON.stringify(text)}`)
}

/** RFC 1123 §2.1. */
function isHostName(text: string): boolean {
  const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
  return text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text)
}
