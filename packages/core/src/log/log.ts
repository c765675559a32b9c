import { writeError } from './output.ts'
import { oneLine, printable } from './printable.ts'
import { longestLine, shorten } from './shorten.ts'
import type { Redactor } from '../secrets/redactor.ts'
import { eraseLine, isTerminal, terminalWidth } from './terminal.ts'

export const logLevels = ['debug', 'info', 'warning', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** Facts beside the message; they appear in the JSON form only. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** The log of one run. Everything passes the redactor, and nothing can forge a line or colour the terminal. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>> & {
  /**
   * Shows one line that the next one takes the place of, and takes it away when empty.
   * Only there where a person watches: stderr is a terminal, and the format is text.
   */
  readonly live?: ((line: string) => void) | undefined
}

export type LogSettings = {
  readonly tool: string
  readonly format: LogFormat
  readonly level: LogLevel
  readonly redactor: Redactor
  readonly write?: (text: string) => void
  readonly time?: () => Date
  /** The width of the terminal that `write` goes to, 0 where it is none. */
  readonly columns?: () => number
}

/** Readable lines, or one JSON object per line with time (RFC 3339), level, tool, message and the fields. */
export function createLog({ tool, format, level, redactor, ...settings }: LogSettings): Log {
  const { write = writeError, time = () => new Date(), columns = stderrColumns } = settings
  let erase = ''
  const clean = (text: string): string => shorten(printable(redactor.redact(text)), longestLine)

  const text = (at: LogLevel, message: string): string =>
    // The lines that follow the first are indented, so that none of them looks like a line of ours.
    `${at === 'info' ? '' : `${at}: `}${clean(message).replaceAll('\n', '\n  ')}`

  const json = (at: LogLevel, message: string, fields: LogFields): string => {
    const facts = Object.entries(fields).map(([name, value]) => [name, redactField(redactor, value)])
    const line = {
      time: time().toISOString(),
      level: at,
      tool,
      message: shorten(redactor.redact(message), longestLine),
    }
    // Twice: the first decides the order, the last the value, whatever a field is called.
    return printable(JSON.stringify({ ...line, ...Object.fromEntries(facts), ...line }))
  }

  const logger =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(at) < logLevels.indexOf(level)) return
      write(`${erase}${format === 'text' ? text(at, message) : json(at, message, fields)}\n`)
      erase = ''
    }

  const live = (line: string): void => {
    // One that wraps could not be taken away any more.
    const shown = [...oneLine(clean(line))].slice(0, columns() - 1).join('')
    if (erase + shown !== '') write(`${erase}${shown}`)
    erase = shown === '' ? '' : eraseLine
  }

  return {
    debug: logger('debug'),
    info: logger('info'),
    warning: logger('warning'),
    error: logger('error'),
    // A getter, because most runs never ask, and asking takes time.
    get live() {
      return format === 'text' && columns() > 0 ? live : undefined
    },
  }
}

function stderrColumns(): number {
  return isTerminal() ? terminalWidth() : 0
}

function redactField(redactor: Redactor, value: LogFields[string]): LogFields[string] {
  if (value === undefined || typeof value === 'boolean') return value
  const text = redactor.redact(String(value))
  return text === String(value) ? value : text
}
