const shownBytes = 4_096

/** As much of a running Pod as is shown. */
type Volumes = {
  readonly name: string
  readonly emptyDirs: readonly string[]
  listFiles(volume: string): Promise<readonly string[]>
  readFile(volume: string, file: string): Promise<Buffer>
}

/** The files of a Pod's emptyDirs with what is in them, for the mode in which no server can show them. */
export async function volumeListing(pod: Volumes): Promise<string> {
  const parts: string[] = []
  for (const volume of pod.emptyDirs) {
    for (const file of await pod.listFiles(volume)) {
      const content = await pod.readFile(volume, file)
      const isText = !content.subarray(0, shownBytes).includes(0)
      const shown = isText ? content.subarray(0, shownBytes).toString() : `(${content.length} bytes)`
      parts.push(`\n--- Pod ${pod.name}, volume ${volume}: ${file}\n${shown}${shown.endsWith('\n') ? '' : '\n'}`)
    }
  }
  return parts.join('')
}
