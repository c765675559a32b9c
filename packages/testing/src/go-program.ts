import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun, run } from '@initbox/engine/command'
import { withLock } from '@initbox/engine/lock'
import { sayWhile } from '@initbox/engine/say'

/**
 * The path of a program that is a Go module, such as `helm.sh/helm/v3/cmd/helm@v3.22.0`: compiled once into the cache folder.
 * Undefined where there is no Go.
 */
export async function goProgram(module: string, tags = ''): Promise<string | undefined> {
  if ((await run('go', ['version'])).code !== 0) return undefined
  const [path = '', version = ''] = module.split('@')
  const name = path.slice(path.lastIndexOf('/') + 1)
  const program = join(cacheFolder('go-programs'), `${name}-${version}`)
  return withLock(`go-program-${name}`, async () => {
    if (existsSync(program)) return program
    const folder = cacheFolder('go-programs')
    const install = [`GOBIN=${folder}`, 'nice', 'go', 'install', '-ldflags=-s -w', `-tags=${tags}`, module]
    await sayWhile(`compiling ${module}`, 'three minutes', () => mustRun('env', install))
    renameSync(join(folder, name), program)
    return program
  })
}
