import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../setup/cache-folder.ts'
import { mustRun, run } from '../setup/command.ts'
import { folderHash } from '../setup/folder-hash.ts'
import { withLock } from '../setup/lock.ts'
import { say } from '../setup/say.ts'

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
