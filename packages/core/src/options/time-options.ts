import { option } from './option.ts'

/** The two limits of a tool that talks to servers; it spreads them into its table. */
export const timeOptions = {
  timeout: option.timeLimit({ default: '5m', help: 'Give up after this long; 0 is no limit' }),
  attemptTimeout: option.attemptLimit({ default: '5s', help: 'Longest time for one attempt' }),
}
