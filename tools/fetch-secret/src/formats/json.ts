import { isText, RefusedError } from '@initbox/core'
import { parseJson, stringifyJson } from '../secret/json.ts'
import type { Format } from './format.ts'

/** JSON with numbers as they were written, one name on each line. */
export const json: Format = (found, label) => {
  const value = found.kind === 'fields' ? found.fields : parse(Buffer.from(found.bytes))
  const text = value === undefined ? undefined : stringifyJson(value, 2)
  if (text === undefined)
    throw new RefusedError(`${label} is no JSON`, { hint: 'leave format=json out to get it as it is' })
  return `${text}\n`
}

function parse(bytes: Buffer) {
  return isText(bytes) ? parseJson(bytes.toString()) : undefined
}
