import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Every file, folder and symlink below a folder: kind, mode and content, in the order of their names as bytes. */
export function listing(folder: string): string[] {
  const found: string[] = []
  const visit = (below: Buffer): void => {
    for (const name of readdirSync(at(folder, below), { encoding: 'buffer' })) {
      const path = below.length === 0 ? name : Buffer.concat([below, Buffer.from('/'), name])
      if (path.toString() === '.git') continue
      const status = lstatSync(at(folder, path))
      const shown = path.toString('latin1')
      const mode = (status.mode & 0o777).toString(8)
      if (status.isSymbolicLink()) found.push(`${shown} -> ${readlinkSync(at(folder, path), 'latin1')}`)
      else if (status.isDirectory()) {
        found.push(`${shown}/ ${mode}`)
        visit(path)
      } else
        found.push(
          `${shown} ${mode} ${createHash('sha1')
            .update(readFileSync(at(folder, path)))
            .digest('hex')}`,
        )
    }
  }
  visit(Buffer.alloc(0))
  return found.toSorted()
}

function at(folder: string, path: Buffer): Buffer {
  return path.length === 0 ? Buffer.from(folder) : Buffer.concat([Buffer.from(`${folder}/`), path])
}
