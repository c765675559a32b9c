import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun, run } from '@initbox/engine/command'
import { withLock } from '@initbox/engine/lock'
import { say } from '@initbox/engine/say'

/**
 * The path of a program that is a Go module, such as `helm.sh/helm/v3/cmd/helm@v3.22.0`: compiled once into the cache folder, which
 * takes minutes. Undefined where there is no Go.
 */
export async function goProgram(module: string): Promise<string | undefined> {
  if ((await run('go', ['version'])).code !== 0) return undefined
  const [path = '', version = ''] = module.split('@')
  const name = path.slice(path.lastIndexOf('/') + 1)
  const program = join(cacheFolder('go-programs'), `${name}-${version}`)
  return withLock(`go-program-${name}`, async () => {
    if (existsSync(program)) return program
    say(`compiling ${module}, once; this takes minutes`)
    await mustRun('env', [`GOBIN=${cacheFolder('go-programs')}`, 'nice', 'go', 'install', '-ldflags=-s -w', module])
    renameSync(join(cacheFolder('go-programs'), name), program)
    return program
  })
}
