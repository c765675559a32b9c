import { mustRun, run } from '@initbox/engine/command'

/** How a cluster on this machine gets an image that is in no registry, by its context in kubeconfig. */
const loaders: readonly [context: RegExp, command: (image: string, name: string) => readonly string[]][] = [
  [/^kind-(.+)$/, (image, name) => ['kind', 'load', 'docker-image', image, '--name', name]],
  [/^k3d-(.+)$/, (image, name) => ['k3d', 'image', 'import', image, '--cluster', name]],
  [/^(minikube)$/, (image, name) => ['minikube', '--profile', name, 'image', 'load', image]],
]

export type ClusterDemo = {
  /** The manifest, whose Pod `web` serves a page on port 8080. */
  readonly manifest: string
  /** Images of this checkout that are in it. */
  readonly images: readonly string[]
  /** Makes those images and has them in Docker. */
  readonly build: () => Promise<unknown>
  readonly print: (text: string) => void
  /** Ends what is running; the namespace is deleted all the same. */
  readonly signal: AbortSignal
}

/**
 * The demo on the cluster of kubectl's current context, in a namespace of its own that enforces the restricted profile and is deleted
 * again. Images are loaded into kind, k3d and minikube; another cluster has to have them.
 */
export async function onCluster({ manifest, images, build, print, signal }: ClusterDemo): Promise<void> {
  const { code, stdout, stderr } = await run('kubectl', ['config', 'current-context'])
  const context = stdout.trim()
  if (code === 127) throw new Error(`there is no kubectl: ${stderr.trim()} (hint: install it, or npm run demo alone)`)
  if (code !== 0 || context === '')
    throw new Error('kubectl has no current context (hint: kubectl config use-context NAME)')
  // Before anything is built, and not for as long as a client may wait.
  const answer = await run('kubectl', ['get', '--raw', '/version', '--request-timeout=10s'], { signal })
  if (answer.code !== 0) {
    const why = answer.stderr.trim().split('\n').at(-1)
    throw new Error(
      `the cluster ${context} does not answer: ${why} (hint: start it, or kubectl config use-context NAME)`,
    )
  }
  const [pattern, command] = loaders.find(([each]) => each.test(context)) ?? []
  const name = pattern?.exec(context)?.[1] ?? ''
  if (command === undefined)
    print(`note: the cluster ${context} must have ${images.join(', ')} (hint: images/README.md)\n`)
  else {
    await build()
    for (const image of images) {
      const [program = '', ...words] = command(image, name)
      await mustRun(program, words, { signal })
    }
  }

  const namespace = `initbox-demo-${process.pid}`
  const kubectl = (...words: string[]): Promise<string> =>
    mustRun('kubectl', ['--namespace', namespace, ...words], { signal })
  signal.throwIfAborted()
  try {
    await kubectl('create', 'namespace', namespace)
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted')
    print(`\n$ kubectl apply -f ${manifest}\n${await kubectl('apply', '-f', manifest)}`)
    const wait = ['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=3m']
    const ready = await run('kubectl', wait, { signal })
    signal.throwIfAborted()
    if (ready.code !== 0) throw new Error(`the Pod is not ready:\n${await kubectl('describe', 'pod', 'web')}`)
    const path = 'jsonpath={range .status.initContainerStatuses[*]}{.name}: {.state.terminated.message}{"\\n"}{end}'
    print(`\n${await kubectl('get', 'pod', 'web', '-o', path)}\n${await kubectl('get', 'pod', 'web')}`)
    const page = await kubectl('get', '--raw', `/api/v1/namespaces/${namespace}/pods/web:8080/proxy/`)
    print(`\n${page}\nThis was the cluster ${context}; the namespace ${namespace} is deleted again.\n`)
  } finally {
    // A failure of this must not hide the one before it.
    const flags = ['--ignore-not-found', '--wait=false', '--request-timeout=20s']
    const deleted = await run('kubectl', ['delete', 'namespace', namespace, ...flags])
    if (deleted.code !== 0) print(`note: the namespace ${namespace} may still be there: ${deleted.stderr.trim()}\n`)
  }
}
