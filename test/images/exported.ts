import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { readTar, type TarEntry } from '@initbox/archive/tar'
import { mustRun } from '@initbox/engine/command'

/** One file of an image as `docker export` shows it. */
export type ExportedFile = Pick<TarEntry, 'kind' | 'mode' | 'uid' | 'gid' | 'target'> & { readonly sha256: string }

/** The whole file system of an image by absolute path, less what the engine itself adds to every container. */
export async function exportedFiles(image: string): Promise<Map<string, ExportedFile>> {
  const container = await mustRun('docker', ['create', image, 'never-run'])
  try {
    const tar = await buffer(spawn('docker', ['export', container], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)
    const files = readTar(tar).map(({ path, kind, mode, uid, gid, target, content }): [string, ExportedFile] => {
      const sha256 = createHash('sha256').update(content).digest('hex')
      return [`/${path.replace(/\/$/, '')}`, { kind, mode, uid, gid, target, sha256 }]
    })
    return new Map(files.filter(([path]) => !engineFiles.has(path)))
  } finally {
    await mustRun('docker', ['rm', container])
  }
}

const engineFiles = new Set([
  '/.dockerenv',
  '/dev',
  '/dev/console',
  '/dev/pts',
  '/dev/shm',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/mtab',
  '/etc/resolv.conf',
  '/proc',
  '/sys',
])
