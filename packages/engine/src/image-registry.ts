import { spawn } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'

const rememberFor = 10 * 60_000

/**
 * Pulls an image and tells whether it came. A registry that gives no sign of life for 15 s (in milliseconds: `answerWithin`), or refuses, is not asked
 * again for ten minutes by any process; one that answers has as long as the download takes.
 */
export async function pullImage(reference: string, answerWithin = 15_000): Promise<boolean> {
  const refusals = join(cacheFolder(), 'no-registry')
  if (Date.now() - (statSync(refusals, { throwIfNoEntry: false })?.mtimeMs ?? 0) < rememberFor) return false
  const pulled = await new Promise<boolean>((resolve) => {
    const child = spawn('docker', ['pull', reference], { stdio: ['ignore', 'pipe', 'ignore'] })
    const impatience = setTimeout(() => child.kill(), answerWithin)
    // The first line comes with the manifest: the registry knows the image.
    child.stdout.on('data', () => clearTimeout(impatience))
    child.on('error', () => resolve(false)).on('close', (code) => resolve(code === 0))
  })
  if (!pulled) writeFileSync(refusals, `${reference} could not be pulled\n`)
  return pulled
}
