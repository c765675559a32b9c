import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { cacheFolder } from './cache-folder.ts'
import { run } from './command.ts'

/** Whether the engine has the image already. */
export async function hasImage(reference: string): Promise<boolean> {
  return (await run('docker', ['image', 'inspect', reference])).code === 0
}

function archive(name: string, hash: string): string {
  return join(cacheFolder('service-images'), `${name}-${hash}.tar.zst`)
}

/** Fills a fresh engine from the cache folder; false when nothing usable is there. */
export async function loadImage(name: string, hash: string): Promise<boolean> {
  const file = archive(name, hash)
  if (!existsSync(file)) return false
  const docker = spawn('docker', ['load', '--quiet'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const closed = once(docker, 'close')
  try {
    await pipeline(createReadStream(file), createZstdDecompress(), docker.stdin)
    const [code] = await closed
    if (code === 0) return true
  } catch {
    docker.kill()
  }
  rmSync(file, { force: true }) // a damaged file would fail for ever
  return false
}

/** Keeps an image for the next fresh engine, in place of earlier ones of that name. */
export async function saveImage(name: string, hash: string, reference: string): Promise<void> {
  const file = archive(name, hash)
  const docker = spawn('docker', ['save', reference], { stdio: ['ignore', 'pipe', 'ignore'] })
  const closed = once(docker, 'close')
  const fast = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  await pipeline(docker.stdout, fast, createWriteStream(`${file}.partial`))
  const [code] = await closed
  if (code !== 0) return rmSync(`${file}.partial`)
  for (const old of readdirSync(cacheFolder('service-images'))) {
    if (/^(.*)-[0-9a-f]{12}\.tar\.zst$/.exec(old)?.[1] === name) rmSync(join(cacheFolder('service-images'), old))
  }
  renameSync(`${file}.partial`, file)
}
