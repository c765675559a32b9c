import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { requireProgram } from '@initbox/engine/apt'
import { mustRun } from '@initbox/engine/command'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'
import { recipeFolder } from '@initbox/engine/service-definitions'

const project = join(recipeFolder('kafka'), 'pom.xml')

/** A folder with the jars of Apache Kafka (56 MB) in the cache folder, from Maven Central by way of this machine's Maven, which knows its proxies and CAs. */
export function kafkaJars(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(project)).digest('hex').slice(0, 12)
  const folder = join(cacheFolder(), `kafka-${hash}`)
  return withLock('kafka-jars', async () => {
    if (existsSync(folder)) return folder
    await requireProgram('mvn', 'maven')
    say('fetching Apache Kafka from Maven Central')
    const unfinished = mkdtempSync(join(cacheFolder(), 'kafka-new-'))
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime']
    await mustRun('mvn', ['--batch-mode', '--quiet', '--file', project, ...goal])
    renameSync(unfinished, folder)
    return folder
  })
}
