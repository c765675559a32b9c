import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun, run } from '@initbox/engine/command'
import { folderHash } from '@initbox/engine/folder-hash'
import { withLock } from '@initbox/engine/lock'
import { sayWhile } from '@initbox/engine/say'

const source = join(import.meta.dirname, 'kube')

/** The version of Kubernetes that kube/go.mod names, such as `v1.37.2`. */
export function kubernetesVersion(): string {
  const [, version] = /^\s*k8s\.io\/kubernetes (v[\d.]+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8')) ?? []
  if (version === undefined) throw new Error('kube/go.mod names no version of k8s.io/kubernetes')
  return version
}

/**
 * The path of Kubernetes as one program, compiled from its Go modules into the cache folder: once, sixteen minutes of one
 * processor. Needs the Go of kube/go.mod.
 */
export function kubeProgram(): Promise<string> {
  const program = join(cacheFolder('kube'), folderHash(source))
  return withLock('kube', async () => {
    if (existsSync(program)) return program
    const { code, stdout } = await run('go', ['version'])
    if (code !== 0) throw new Error('Kubernetes is compiled here, and there is no go (hint: install Go 1.26)')
    const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetesVersion()}`
    const unfinished = `${program}.${process.pid}`
    await sayWhile(`compiling Kubernetes ${kubernetesVersion()} with ${stdout.trim()}`, 'twenty minutes', () =>
      mustRun('nice', ['go', 'build', '-C', source, '-ldflags', flags, '-o', unfinished, '.']),
    )
    renameSync(unfinished, program)
    return program
  })
}
