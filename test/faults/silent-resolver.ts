import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Another resolv.conf needs a mount namespace of its own. */
export const canHideResolver = process.getuid?.() === 0

/** The words that start a program whose only name server takes every query and never answers, until the test is over. */
export async function withSilentResolver(words: readonly string[]): Promise<[string, ...string[]]> {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-resolver-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.53\noptions timeout:30 attempts:5\n')
  const socket = createSocket('udp4').bind(53, '127.0.0.53')
  onTestFinished(() => void socket.close())
  await once(socket, 'listening')
  const script = `mount --bind ${folder}/resolv.conf /etc/resolv.conf && exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...words]
}
