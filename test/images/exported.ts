import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { mustRun } from '../setup/command.ts'

/** One file of an image as `docker export` shows it. */
export type ExportedFile = {
  readonly mode: number
  readonly owner: string
  readonly type: 'file' | 'folder' | 'link' | 'other'
  readonly target: string
  readonly sha256: string
}

const types: Readonly<Record<string, ExportedFile['type']>> = { '0': 'file', '2': 'link', '5': 'folder' }

/** The whole file system of an image by absolute path, less what the engine itself adds to every container. */
export async function exportedFiles(image: string): Promise<Map<string, ExportedFile>> {
  const container = await mustRun('docker', ['create', image, 'never-run'])
  try {
    const tar = await buffer(spawn('docker', ['export', container], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)
    const files = new Map([...entries(tar)].map(({ path, ...file }) => [path, file]))
    for (const path of engineFiles) files.delete(path)
    return files
  } finally {
    await mustRun('docker', ['rm', container])
  }
}

const engineFiles = [
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
]

/** POSIX ustar; the paths of our images fit into it, so extended headers are skipped. */
function* entries(tar: Buffer): Generator<ExportedFile & { path: string }> {
  for (let rest = tar; rest.length > 0 && rest[0] !== 0;) {
    const header = rest.subarray(0, 512)
    const text = (at: number, length: number) => header.toString('utf8', at, at + length).replace(/\0.*$/s, '')
    const octal = (at: number, length: number) => Number.parseInt(text(at, length), 8) || 0
    const size = octal(124, 12)
    const content = rest.subarray(512, 512 + size)
    rest = rest.subarray(512 + Math.ceil(size / 512) * 512)
    const flag = text(156, 1)
    if (flag === 'x' || flag === 'g') continue
    const path = [text(345, 155), text(0, 100)].filter((part) => part !== '').join('/')
    yield {
      path: `/${path.replace(/\/$/, '')}`,
      mode: octal(100, 8) & 0o7777,
      owner: `${octal(108, 8)}:${octal(116, 8)}`,
      type: types[flag] ?? 'other',
      target: text(157, 100),
      sha256: createHash('sha256').update(content).digest('hex'),
    }
  }
}
