import { existsSync, readFileSync } from 'node:fs'
import { dbmate } from '../layouts/dbmate.ts'
import { goose } from '../layouts/goose.ts'
import { type Marks, UpSection } from '../layouts/section.ts'
import { Splitter } from '../sql/splitter.ts'
import type { Statement } from '../sql/statement.ts'
import { type Directives, readDirectives } from './directives.ts'
import { readPieces } from './piece.ts'
import { keepHeapSmall } from './small-heap.ts'
import { fillIn, type Placeholders } from './placeholders.ts'

/** Files of so many pieces and more are large: 1 MiB. */
const largeFrom = 16

/** What a file says about how to run it; marks and directives count within its first 64 KiB. */
export type Script = Directives & { readonly marks: Marks | undefined }

/** Reads the directives of a file in any layout. Throws an Error for one that cannot be followed. */
export function readScript(path: string): Script {
  const [head = ''] = readText(path)
  const lines = head.split(/\r?\n/)
  const marks = [goose, dbmate].find(({ up }) => lines.some((line) => up.test(line)))
  const refused = marks?.refused
  if (refused !== undefined && lines.some((line) => refused[0].test(line))) throw new Error(refused[1])
  const directives = readDirectives(lines)
  const marked = marks !== undefined && lines.some((line) => marks.noTransaction.test(line))
  return { ...directives, noTransaction: directives.noTransaction || marked || flywaySaysSo(path), marks }
}

/** The statements of a file, placeholders filled in. Throws SqlSyntaxError, and an Error for marks out of order. */
export function* readStatements(path: string, { marks }: Script, values: Placeholders): Generator<Statement> {
  const splitter = new Splitter()
  const section = marks === undefined ? undefined : new UpSection(marks)
  for (const text of readText(path)) {
    for (const statement of splitter.push(section === undefined ? text : section.push(text)))
      yield fillIn(statement, values)
  }
  if (section !== undefined) for (const statement of splitter.push(section.end())) yield fillIn(statement, values)
  for (const statement of splitter.end()) yield fillIn(statement, values)
}

function* readText(path: string): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    let pieces = 0
    for (const piece of readPieces(path)) {
      if (++pieces === largeFrom) keepHeapSmall()
      yield decoder.decode(piece, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new Error('is not UTF-8 text', { cause: error })
    throw error
  }
}

/** Flyway's script configuration: `V1__x.sql.conf` beside `V1__x.sql` with `executeInTransaction=false`. */
function flywaySaysSo(path: string): boolean {
  const file = `${path}.conf`
  return existsSync(file) && /^\s*executeInTransaction\s*=\s*false\s*$/m.test(readFileSync(file, 'utf8'))
}
