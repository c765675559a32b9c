import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun, run } from '@initbox/engine/command'
import { folderHash } from '@initbox/engine/folder-hash'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'

const source = join(import.meta.dirname, 'kube-apiserver')

/**
 * The path of the Kubernetes API server, compiled from its Go modules into the cache folder: once, eight minutes of one
 * processor. Needs the Go of kube-apiserver/go.mod.
 */
export function apiServerProgram(): Promise<string> {
  const program = join(cacheFolder('kube-apiserver'), folderHash(source))
  return withLock('kube-apiserver', async () => {
    if (existsSync(program)) return program
    const { code, stdout } = await run('go', ['version'])
    if (code !== 0)
      throw new Error('the Kubernetes API server is compiled here, and there is no go (hint: install Go 1.26)')
    say(`compiling the Kubernetes API server with ${stdout.trim()}, once; this takes minutes`)
    const unfinished = `${program}.${process.pid}`
    await mustRun('nice', ['go', 'build', '-C', source, '-ldflags', '-s -w', '-o', unfinished, '.'])
    renameSync(unfinished, program)
    return program
  })
}
