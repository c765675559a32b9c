import { type Duration, option, parseDuration } from '@initbox/core'
import { parseListen } from './listen.ts'
import { parseOnChange } from './on-change.ts'

/** For the help of a tool that can stay. */
export const probeCommand = {
  probe: 'Ask the sidecar of this container for startupz, livez or readyz (readyz if not said)',
}

/** The options of a tool that can stay; it spreads them into its table. Each tool has a port of its own. */
export const sidecarOptions = (port: number) => ({
  watch: option.of('duration', parseInterval)({ help: 'Stay after the first result, and do it again every so often' }),
  listen: option.of(
    'address|none',
    parseListen,
  )({ default: `:${port}`, help: 'Where /startupz, /livez, /readyz and /metrics are while it stays' }),
  onChange: option.list(
    option.of(
      'url|touch:path',
      parseOnChange,
    )({ help: 'Whom to tell that something has changed: a URL gets a POST, a file a new time' }),
  ),
  maxStale: option.duration({ default: '24h', help: 'Not ready when the last success is older than this' }),
})

/** Throws a plain Error whose message completes "`--watch` …". */
function parseInterval(text: string): Duration {
  const interval = parseDuration(text)
  if (interval === 0) throw new Error('must be longer than 0: nobody wants to be asked without a pause')
  return interval
}
