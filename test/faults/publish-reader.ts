// Reads the set again and again until stdin ends, as an application would; then prints how often it looked, and all that
// it must never have seen: `node publish-reader.ts files|folder|link` in the volume.
import { closeSync, openSync } from 'node:fs'
import { systemCode } from '../../packages/core/src/errors/errors.ts'
import { names, tagOf } from './publish-set.ts'

const [kind = ''] = process.argv.slice(2)
const wrong: string[] = []
let looks = 0

function lookAtFiles(): void {
  for (const name of names) tagOf(`sub/${name}`)
}

/** Holds the folder open, so that all it reads is of one version, old or new. */
function lookAtFolder(): void {
  let fd
  try {
    fd = openSync('sub', 'r')
  } catch (error) {
    // Without a link there is nothing for microseconds, see publishDirectory.
    if (kind === 'folder' && systemCode(error) === 'ENOENT') return
    throw error
  }
  try {
    const tags = names.map((name) => tagOf(`/proc/self/fd/${fd}/${name}`))
    if (new Set(tags).size > 1) throw new Error(`a mixture: ${tags}`)
  } catch (error) {
    // An old version is removed under a slow reader's hands in the end.
    if (systemCode(error) !== 'ENOENT') throw error
  } finally {
    closeSync(fd)
  }
}

function look(): void {
  try {
    if (kind === 'files') lookAtFiles()
    else lookAtFolder()
  } catch (error) {
    wrong.push(String(error))
  }
  looks++
}

const timer = setInterval(() => {
  for (let times = 0; times < 20; times++) look()
})
process.stdin.resume().on('end', () => {
  clearInterval(timer)
  process.stdout.write(JSON.stringify({ looks, wrong: wrong.slice(0, 5) }))
})
