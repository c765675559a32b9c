import { writeSync } from 'node:fs'
import type { Redactor } from './redactor.ts'
import { systemCode } from './errors.ts'

export const logLevels = ['debug', 'info', 'warning', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** Facts beside the message; they appear in the JSON form only. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** The log of one run. Every line passes the redactor. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>

export type LogSettings = {
  readonly tool: string
  readonly format: LogFormat
  readonly level: LogLevel
  readonly redactor: Redactor
  readonly write?: (line: string) => void
  readonly time?: () => Date
}

/** Readable lines, or one JSON object per line with time (RFC 3339), level, tool, message and the fields. */
export function createLog({ tool, format, level, redactor, write = writeError, time }: LogSettings): Log {
  const line = (at: LogLevel, message: string, fields: LogFields): string => {
    if (format === 'json') {
      const now = (time?.() ?? new Date()).toISOString()
      return JSON.stringify({ time: now, level: at, tool, message, ...fields })
    }
    return (at === 'info' ? message : `${at}: ${message}`).replaceAll('\n', '\n  ')
  }
  const logger = (at: LogLevel) =>
    logLevels.indexOf(at) < logLevels.indexOf(level)
      ? () => {}
      : (message: string, fields: LogFields = {}) => write(`${redactor.redact(line(at, message, fields))}\n`)
  return { debug: logger('debug'), info: logger('info'), warning: logger('warning'), error: logger('error') }
}

/** Writes to stderr at once, so that nothing is lost when the process ends; `process.stderr` would also load `node:tty`. */
export function writeError(text: string): void {
  writeAll(2, text)
}

/** Writes a result to stdout at once. */
export function writeOutput(text: string): void {
  writeAll(1, text)
}

function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      // A reader that went away must not turn success into failure; a full pipe is waited for.
      if (systemCode(error) !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
