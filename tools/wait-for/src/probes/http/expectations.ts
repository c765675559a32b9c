import { DeniedError } from '@initbox/core'
import { clip, type Header, NotYet } from '@initbox/net'
import type { Answer } from './fetch-answer.ts'
import { at, type Pointer, type StatusRange } from './values.ts'

export type Expectations = {
  readonly status: readonly StatusRange[]
  readonly matches: RegExp | undefined
  readonly json: readonly Pointer[]
  readonly responseHeader: readonly Header[]
}

/** Throws NotYet or DeniedError unless an answer is as expected; returns its status line. */
export function check(answer: Answer, expected: Expectations): string {
  const { status, headers, body } = answer
  const line = `${status} ${answer.reason}`.trim()
  if (!expected.status.some(([first, last]) => status >= first && status <= last)) throw wrongStatus(status, line, body)
  for (const [name, value] of expected.responseHeader) {
    const found = headers[name]
    if (found === undefined) throw new NotYet('other header', `the answer has no header ${name}`)
    if (value !== '' && found !== value)
      throw new NotYet('other header', `the header ${name} is '${clip(found)}', not '${value}'`)
  }
  if (expected.matches !== undefined && !expected.matches.test(body)) {
    throw new NotYet('other body', `the body does not match ${String(expected.matches)}: ${clip(body)}`)
  }
  for (const { path, pointer, value } of expected.json) {
    const found = at(parse(body), path)
    if (found !== value)
      throw new NotYet(
        `${pointer}=${clip(found ?? 'nothing', 20)}`,
        `${pointer} of the body is ${clip(found ?? 'missing')}, not ${value}`,
      )
  }
  return line
}

/** RFC 9110 §15: a login will not appear by waiting; everything else may be a proxy's or a starting server's answer. */
function wrongStatus(status: number, statusLine: string, body: string): Error {
  const words = clip(body.replaceAll(/<[^>]*>/g, ' '), 100)
  const line = words === '' ? statusLine : `${statusLine}: ${words}`
  if (status === 401) return new DeniedError(line, { hint: 'give a login with ?token-env=NAME or ?password-env=NAME' })
  if (status === 403) return new DeniedError(line, { hint: 'accept it with ?status=200-399,403 if being up is enough' })
  return new NotYet(String(status), line, { gone: status === 404 || status === 410 })
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new NotYet('no JSON', `the body is no JSON: ${clip(body)}`, { cause: error })
  }
}
