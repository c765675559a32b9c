// pg-types knows a hundred types, and loading it costs a millisecond of every start and a tenth of the image's layer. What we
// ask for ourselves has four. The bundle has this file in its place (ship.ts); the names are those that pg uses of it.

type Parser = (text: string) => unknown

const identity: Parser = (text) => text
const parsers: Readonly<Record<number, Parser>> = {
  16: (text) => text === 't',
  21: Number,
  23: Number,
  26: Number,
}

/** By the type's number in pg_type; any other type is its text. */
export function getTypeParser(oid: number): Parser {
  return parsers[oid] ?? identity
}

export function setTypeParser(): void {}

export const builtins = {}
