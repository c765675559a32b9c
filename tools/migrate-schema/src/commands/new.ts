import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OutputError, systemCode, UsageError, writeOutput } from '@initbox/core'
import { readFolder } from '../files/folder.ts'
import type { MigrationFile } from '../files/migration.ts'

type Settings = { readonly dir: string; readonly argument: string | undefined; readonly now?: Date }

/** Starts a file with the next version, named like the newest file of the folder; prints its path. */
export function newMigration({ dir, argument = '', now = new Date() }: Settings): string {
  const words = argument.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '') // prettier-ignore
  if (words === '') throw new UsageError(`'${argument}' has no letter or digit to make a file name of`)
  mkdirSync(dir, { recursive: true })
  const newest = readFolder(dir).files.findLast(({ kind }) => kind === 'versioned')
  const path = join(dir, nextName(newest, words, now))
  try {
    writeFileSync(path, '', { flag: 'wx' })
  } catch (cause) {
    throw new OutputError(`cannot make ${path}: ${systemCode(cause) ?? String(cause)}`, { cause })
  }
  writeOutput(`${path}\n`)
  return `made ${path}`
}

function nextName(newest: MigrationFile | undefined, words: string, now: Date): string {
  const last = newest?.file.slice(newest.file.lastIndexOf('/') + 1) ?? 'V000__.sql'
  const [, prefix = '', digits = '', separator = '_'] = /^(V?)(\d+)(?:[._]\d+)*(__|_|-)/.exec(last) ?? []
  // A dozen digits and more are a time of day.
  const number =
    digits.length >= 12
      ? now.toISOString().replace(/\D/g, '').slice(0, 14)
      : String(Number(digits) + 1).padStart(digits.length, '0')
  return `${prefix}${number}${separator}${words}${last.endsWith('.up.sql') ? '.up.sql' : '.sql'}`
}
