import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { goProgram } from '@initbox/testing/go-program'
import { expect, onTestFinished, test } from 'vitest'
import { containerOf, Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

const examples = join(import.meta.dirname, '../../examples')

/** What both samples are: a page with the Pod's address, which three init containers have made. */
async function expectPage(namespace: Namespace): Promise<void> {
  const [pod] = await namespace.untilAllReady('app=web', 1)
  if (pod === undefined) throw new Error('it is ready')
  for (const tool of ['wait-for', 'write-pod-ip', 'render-template'])
    expect([tool, containerOf(pod, tool)?.state.terminated?.exitCode]).toEqual([tool, 0])
  expect(await namespace.page(pod.metadata.name)).toContain(`Your Pod IP is ${pod.status.podIP}</p>`)
}

test('the Helm sample is installed, runs, is upgraded and is gone again', async () => {
  await using namespace = await Namespace.make(cluster)
  const program = await goProgram('helm.sh/helm/v3/cmd/helm@v3.22.0')
  if (program === undefined) throw new Error('helm is compiled here, and there is no go')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-helm-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(examples, 'helm'), folder, { recursive: true })
  const homes = ['CACHE', 'CONFIG', 'DATA'].map((name) => `HELM_${name}_HOME=${join(folder, name)}`)
  const helm = (...words: string[]): Promise<string> => {
    const [nsenter, flags] = cluster.insideCommand('env', '-C', folder, ...homes, program, cluster.asAdmin, ...words)
    return mustRun(nsenter, [...flags, '--namespace', namespace.name])
  }
  await helm('dependency', 'build', 'sample')
  await helm('install', 'shop', 'sample', '--wait', '--timeout=2m')
  await expectPage(namespace)
  // The first container waits for what never comes: the Pod that serves goes on.
  await helm(
    'upgrade',
    'shop',
    'sample',
    '--set',
    'initbox.containers[0].tool=wait-for,initbox.containers[0].args={tcp://api:9}',
  )
  await namespace.until('a second Pod, which waits', async () => {
    const pods = await namespace.pods('app=web')
    return pods.some((pod) => containerOf(pod, 'wait-for')?.state.running !== undefined)
  })
  await helm('rollback', 'shop', '1', '--wait', '--timeout=2m')
  await expectPage(namespace)
  await helm('uninstall', 'shop', '--wait')
  expect(await namespace.pods()).toEqual([])
})

test('the Kustomize sample is applied and runs, and so does its CronJob', async () => {
  await using namespace = await Namespace.make(cluster)
  await namespace.kubectl('apply', '-k', join(examples, 'kustomize/sample'))
  await expectPage(namespace)
  await namespace.kubectl('create', 'job', 'now', '--from=cronjob/report')
  await namespace.until('its Pod', async () => (await namespace.pods('job-name=now')).length === 1)
  const [made] = await namespace.pods('job-name=now')
  const pod = await namespace.untilEnded(made?.metadata.name ?? '')
  expect(pod.status.phase).toBe('Succeeded')
  expect(containerOf(pod, 'wait-for')?.state.terminated).toMatchObject({
    exitCode: 0,
    message: expect.stringMatching(/^http api:8080: ready/),
  })
})
