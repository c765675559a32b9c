import { html } from './html.ts'

/** For text and attribute values in quotes (XML 1.0 §2.4). Throws for characters that no XML document may hold (§2.2). */
export function xml(value: string): string {
  if (/[^\t\n\r -\ufffd]/.test(value)) throw new Error('holds a character that XML cannot hold')
  return html(value)
}
