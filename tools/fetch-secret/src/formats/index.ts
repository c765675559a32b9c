import { dotenv } from './dotenv.ts'
import { envFile } from './env-file.ts'
import type { Format } from './format.ts'
import { json } from './json.ts'
import { pem } from './pem.ts'
import { properties } from './properties.ts'
import { raw } from './raw.ts'

/** What a file can be made as. `files`, and `pem` for a folder, make several (see `files.ts`). */
export const formats = { raw, json, dotenv, 'env-file': envFile, properties, pem, files: raw } satisfies Record<
  string,
  Format
>

export type FormatName = keyof typeof formats

export function isFormatName(text: string): text is FormatName {
  return Object.hasOwn(formats, text)
}
