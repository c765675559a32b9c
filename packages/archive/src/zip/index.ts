export { type DirectorySettings, type RandomAccess, readDirectory } from './directory.ts'
export type { ZipDirectory, ZipEntry } from './entry.ts'
export { type VisitZip, ZipReader } from './reader.ts'
