// A run that publishes: `node publish-child.ts files|folder|link [FOLDER]` in the volume. For each line on stdin, a tag, it publishes
// the set of that tag and answers with a line, 'ok' or what went wrong as JSON. The tag 'forever' never answers but once:
// it is there to be killed.
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseOutputPath } from '../../packages/core/src/values/relative-path.ts'
import { publishDirectory } from '../../packages/core/src/publish/publish-directory.ts'
import { publishFiles } from '../../packages/core/src/publish/publish-files.ts'
import { names, textOf } from './publish-set.ts'

const { signal } = new AbortController()
const [kind = '', folder = 'sub'] = process.argv.slice(2)

async function publish(tag: string): Promise<void> {
  if (kind === 'files') {
    await publishFiles(
      names.map((name) => ({ to: parseOutputPath(`${folder}/${name}`), content: textOf(tag), mode: 0o644 })),
    )
    return
  }
  const fill = async (staging: string) => {
    for (const name of names) writeFileSync(`${staging}/${name}`, textOf(tag))
  }
  await publishDirectory(parseOutputPath(folder), fill, { signal, link: kind === 'link' })
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    await publish(line)
    process.stdout.write('ok\n')
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ ...(error as Error), message: (error as Error).message })}\n`)
  }
  for (let round = 0; line === 'forever'; round++) await publish(`${process.pid}-${round}`)
}
