export type { Content, TarEntry, TarKind } from './entry.ts'
export { type ReadEntry, readTar } from './read-tar.ts'
export { TarReader, type Visit } from './reader.ts'
export { fitsUstar, type NewEntry, writeTar } from './write-tar.ts'
