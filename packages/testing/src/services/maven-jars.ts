import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { requireProgram } from '@initbox/engine/apt'
import { mustRun } from '@initbox/engine/command'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'

/** A folder with the jars that a `pom.xml` names, in the cache folder, from Maven Central by way of this machine's Maven, which knows its proxies and CAs. */
export function mavenJars(name: string, pom: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const folder = join(cacheFolder(), `${name}-${hash}`)
  return withLock(`${name}-jars`, async () => {
    if (existsSync(folder)) return folder
    await requireProgram('mvn', 'maven')
    say(`fetching ${name} from Maven Central`)
    const unfinished = mkdtempSync(join(cacheFolder(), `${name}-new-`))
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime']
    await mustRun('mvn', ['--batch-mode', '--quiet', '--file', pom, ...goal])
    renameSync(unfinished, folder)
    return folder
  })
}
