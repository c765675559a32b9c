import type { Layout } from './layout.ts'
import { flyway } from './flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { numbered } from './numbered.ts'

// In this order: every name of golang-migrate would also pass as a numbered one.
const layouts: readonly Layout[] = [flyway, golangMigrate, numbered]

/** What a file's name says in the first layout that knows such names. */
export const readFileName: Layout = (fileName) => {
  for (const layout of layouts) {
    const found = layout(fileName)
    if (found !== undefined) return found
  }
  return undefined
}
