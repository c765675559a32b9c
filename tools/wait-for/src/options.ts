import { option, timeOptions } from '@initbox/core'

export const options = {
  targets: option.list(
    option.string({ positional: 'TARGET', help: 'What to wait for, as scheme://host:port?parameter=value' }),
  ),
  config: option.string({ help: 'YAML file with more targets; a value of several lines is the YAML itself' }),
  mode: option.of('all|any|number', parseGoal)({ default: 'all', help: 'How many of the targets must be ready' }),
  ...timeOptions,
  interval: option.duration({
    help: 'Fixed pause between attempts; without it they back off from 50 ms to 2 s with full jitter',
  }),
  successes: option.integer({ default: '1', min: 1, help: 'A target is ready after so many successes in a row' }),
  within: option.duration({ default: '1s', help: 'Spread the successes over this long' }),
  invert: option.boolean({ help: 'Wait until the targets are cleanly gone: refused, no such name, 404, no such file' }),
  failFast: option.boolean({ default: 'true', help: 'Keep waiting where a target says that it will never be ready' }),
}

/** How many targets must be ready: all of them, or a number. */
export type Goal = 'all' | number

/** Parses `all`, `any` or a number. Throws a plain Error whose message completes "`--mode` …". */
export function parseGoal(text: string): Goal {
  if (text === 'all') return text
  if (text === 'any') return 1
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`'${text}' is neither all, any nor a number of targets`)
  return Number(text)
}
