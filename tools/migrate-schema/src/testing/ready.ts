import { writeFileSync } from 'node:fs'
import { readFolder } from '../files/folder.ts'
import { readyFile, type ReadyFile } from '../files/mode.ts'

/** A file of the working folder as the tool reads it. Throws its RefusedError. */
export function ready(
  sql: string | Buffer,
  { name = '001_a.sql', values = {} }: { name?: string; values?: Record<string, string> } = {},
): ReadyFile {
  writeFileSync(name, sql)
  const file = readFolder('.').files.find((each) => each.file === name)
  if (file === undefined) throw new Error('no file')
  return readyFile(file, { placeholders: new Map(Object.entries(values)), maxStatementSize: 1e6 })
}
