import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { beforeAll, expect, test } from 'vitest'
import { containerOf, Namespace, restricted } from './one-node/namespace.ts'
import { startServers } from './servers.ts'
import { cluster } from './this-cluster.ts'

const folder = join(import.meta.dirname, '../../examples/injection')
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
const labels = { ...restricted, 'initbox.dev/injection': 'enabled' }

const asked = {
  'wait-for': 'http://files.servers:8080/SHA256SUMS --timeout=2m',
  'fetch-secret': 'password=vault://secret/web#password --vault-role=injected',
  'git-clone': 'http://git.servers:8080/site.git --ref=main',
}

/** An application of one container that knows nothing of initbox, as a user that no image knows. */
const application = (script: string): object => ({
  securityContext: { runAsNonRoot: true, runAsUser: 1_000_680_000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'app',
      image: 'busybox:1.37',
      command: ['sh', '-ec', `${script}; trap 'exit 0' TERM; sleep 600 & wait`],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
})

const deployment = (name: string, annotations: object, script: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, annotations }, spec: application(script) },
    },
  })

beforeAll(async () => {
  await startServers(cluster)
  const role =
    'bound_service_account_names=default bound_service_account_namespaces=* audience=vault token_policies=web'
  const vault = new Namespace(cluster, 'vault')
  await vault.exec('vault', 'sh', '-c', `bao write auth/kubernetes/role/injected ${role} token_ttl=10m`)
  // The folder as README.md applies it, with this checkout's images in the one place that names them.
  const settings = read('settings.yaml').replace('registry.example/team', 'initbox').replace('tag: v1', 'tag: dev')
  const policies = Object.keys(asked).map((tool) => read(`${tool}.yaml`))
  await mustRun(...cluster.kubectlCommand('apply', '-f', '-'), { input: [settings, ...policies].join('\n---\n') })
  await using namespace = await Namespace.make(cluster, labels)
  // The server takes a moment to compile a policy.
  for (const [tool, words] of Object.entries(asked)) {
    const dryRun = async (text: string): Promise<string> => {
      const annotations = { [`initbox.dev/${tool}`]: text }
      const pod = { metadata: { name: 'probe', annotations }, spec: application('true') }
      return (await cluster.api.ask('POST', `${namespace.path}/pods?dryRun=All`, pod)).text
    }
    await namespace.until(`the policy of ${tool}`, async () =>
      (await dryRun('-')).includes(`annotation initbox.dev/${tool}`),
    )
    await namespace.until(`the container of ${tool}`, async () => (await dryRun(words)).includes(`initbox-${tool}`))
  }
})

test('an annotated Deployment waits, has its secret and its repository, and runs', async () => {
  await using namespace = await Namespace.make(cluster, labels)
  const ca = await new Namespace(cluster, 'vault').exec('vault', 'cat', '/tls/tls.crt')
  const settings = ['VAULT_ADDR=https://vault.vault.svc:8200', 'VAULT_CACERT=/var/run/vault/ca.crt', `ca.crt=${ca}`]
  const literals = settings.map((each) => `--from-literal=${each}`)
  await namespace.kubectl('create', 'configmap', 'fetch-secret', ...literals)
  const annotations = Object.fromEntries(Object.entries(asked).map(([tool, words]) => [`initbox.dev/${tool}`, words]))
  await namespace.apply(deployment('web', annotations, 'cat /secrets/password; echo; cat /git/site/public/index.html'))

  const [pod] = await namespace.untilAllReady('app=web', 1)
  if (pod === undefined) throw new Error('it is ready')
  const end = (tool: string) => containerOf(pod, `initbox-${tool}`)?.state.terminated
  expect(end('wait-for')).toMatchObject({
    exitCode: 0,
    message: expect.stringMatching(/^http files\.servers:8080\/SHA256SUMS: ready/),
  })
  expect(end('fetch-secret')).toMatchObject({ exitCode: 0, message: expect.stringContaining('password') })
  expect(end('git-clone')).toMatchObject({ exitCode: 0, message: expect.stringMatching(/^cloned main at [\da-f]{12}/) })
  expect(await namespace.logs(pod.metadata.name, 'app')).toBe('from-vault\n<p>from git</p>')
  for (const tool of Object.keys(asked)) {
    const { bytes, limit, hits } = cluster.memoryPeak(containerOf(pod, `initbox-${tool}`)?.containerID ?? '')
    expect({ tool, fits: bytes < limit, hits }).toEqual({ tool, fits: true, hits: 0 })
  }
})

test('what is not there yet is waited for', async () => {
  await using namespace = await Namespace.make(cluster, labels)
  await namespace.apply(deployment('web', { 'initbox.dev/wait-for': 'http://later:8080/SHA256SUMS' }, 'echo started'))
  await namespace.until('that it waits', async () => {
    const [pod] = await namespace.pods('app=web')
    return pod !== undefined && containerOf(pod, 'initbox-wait-for')?.state.running !== undefined
  })
  const address = await cluster.kubectl('--namespace=servers', 'get', 'pod', 'files', '-o', 'jsonpath={.status.podIP}')
  await namespace.apply(`apiVersion: v1
kind: Service
metadata: {name: later}
spec: {ports: [{port: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: later, labels: {kubernetes.io/service-name: later}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: ['${address}'], conditions: {ready: true}}]`)
  const [pod] = await namespace.untilAllReady('app=web', 1)
  expect(pod && containerOf(pod, 'initbox-wait-for')?.state.terminated?.message).toMatch(
    /^http later:8080\/SHA256SUMS: no such name → (.* → )?ready/,
  )
})

test('nonsense in a Deployment is a sentence in the events of its ReplicaSet', async () => {
  await using namespace = await Namespace.make(cluster, labels)
  await namespace.apply(deployment('web', { 'initbox.dev/wait-for': 'db:5432' }, 'echo started'))
  const sentence = "annotation initbox.dev/wait-for: 'db:5432' is neither a target such as tcp://db:5432"
  await namespace.until('the sentence', async () =>
    (await namespace.kubectl('describe', 'replicaset')).includes(sentence),
  )
  expect(await namespace.pods('app=web')).toEqual([])
})
