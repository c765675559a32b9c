import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import type { Layout } from './layout.ts'
import { namedFolder } from './named-folder.ts'
import { numbered } from './numbered.ts'

// In this order: every name of golang-migrate would also pass as a numbered one.
const layouts: readonly Layout[] = [flyway, golangMigrate, numbered, namedFolder]

/** What the path of a file, relative to the folder of migrations, says in the first layout that knows such names. */
export const readFileName: Layout = (fileName, folderName) => {
  for (const layout of layouts) {
    const found = layout(fileName, folderName)
    if (found !== undefined) return found
  }
  return undefined
}
