import { clip } from '@initbox/net'
import type { Response } from './client.ts'
import { element } from './xml.ts'

/** Most of an answer that is looked at, in bytes, and for so many milliseconds. */
const limit = 4_096
const patience = 2_000

/**
 * What a server says of its refusal in one line, or nothing: in a header as Hugging Face does, or in a short body of XML
 * (S3, Azure and Google: code and message), JSON or text. A page of HTML says nothing. The answer is at its end then.
 */
export async function wordsOf(response: Response): Promise<string> {
  const { 'x-error-message': told, 'content-type': type = '' } = response.headers
  if (told !== undefined) {
    response.cancel()
    return clip(told, longest)
  }
  const read = /\bxml\b/.test(type)
    ? inXml
    : /\bjson\b/.test(type)
      ? inJson
      : type.startsWith('text/plain')
        ? asIs
        : undefined
  if (read === undefined) {
    response.cancel()
    return ''
  }
  return clip(read(await beginOf(response)), longest)
}

const longest = 200

async function beginOf(response: Response): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  const timer = setTimeout(() => response.cancel(), patience)
  try {
    await response.drain((bytes) => {
      parts.push(Buffer.from(bytes))
      length += bytes.length
      if (length >= limit) response.cancel()
    })
  } catch {
    // What came before says enough, or nothing.
  } finally {
    clearTimeout(timer)
  }
  return Buffer.concat(parts).toString('utf8', 0, limit)
}

function asIs(text: string): string {
  return text
}

function inXml(text: string): string {
  return ['Code', 'Message'].flatMap((name) => element(text, name) ?? []).join(': ')
}

/** `message`, `error`, `detail`, or the first of `errors`, whichever of them is text. */
function inJson(text: string): string {
  try {
    return textIn(JSON.parse(text), 0)
  } catch {
    return ''
  }
}

function textIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > 3) return ''
  const fields = value as Record<string, unknown>
  const inner = Array.isArray(value)
    ? [fields[0]]
    : ['message', 'error_description', 'error', 'detail', 'errors'].map((name) => fields[name])
  return inner.map((each) => textIn(each, depth + 1)).find((each) => each !== '') ?? ''
}
