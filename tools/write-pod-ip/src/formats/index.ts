import { env } from './env.ts'
import { envFile } from './env-file.ts'
import type { Format } from './format.ts'
import { hosts } from './hosts.ts'
import { json } from './json.ts'
import { plain } from './plain.ts'
import { properties } from './properties.ts'
import { template } from './template.ts'

/** The formats by the names that `--format` and `--out` know. */
export const formats = {
  plain,
  json,
  env,
  'env-file': envFile,
  hosts,
  properties,
  template,
} satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof formats

export const formatNames = Object.keys(formats) as readonly FormatName[]

export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(formats, name)
}
