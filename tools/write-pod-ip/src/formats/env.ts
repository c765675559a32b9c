import { RefusedError } from '@initbox/core'
import type { Format } from './format.ts'
import { variablesOf } from './variables.ts'

/**
 * `NAME=value` without quotes, as `docker run --env-file` and systemd take it. A value is refused when a shell, Compose
 * or dotenv would read it differently: the file means the same to all of them.
 */
export const env: Format = (facts) => {
  const lines = [...variablesOf(facts)].map(([name, value]) => {
    if (/^[\w.:,/@%+=[\]-]*$/.test(value)) return `${name}=${value}\n`
    throw new RefusedError(`the format env cannot carry the value of ${name}: it needs quotes`, {
      hint: 'the formats env-file and json can',
    })
  })
  return lines.join('')
}
