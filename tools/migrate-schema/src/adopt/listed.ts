import type { MigrationFile } from '../files/migration.ts'
import { parseVersion } from '../files/version.ts'
import { type Adopted, asAdopted } from './foreign-history.ts'

/** The migrations of a list of versions; one without a file is kept with no checksum. */
export function fromVersions(versions: readonly string[], files: readonly MigrationFile[]): Adopted[] {
  const byVersion = new Map(files.filter(({ kind }) => kind === 'versioned').map((file) => [file.key, file]))
  return versions.flatMap((text) => {
    const version = parseVersion(text)
    if (version === undefined) return []
    const file = byVersion.get(version)
    return [
      file
        ? asAdopted(file)
        : { kind: 'versioned' as const, key: version, name: '', file: '(no file)', checksum: null },
    ]
  })
}
