import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { onCluster } from './demo-on-cluster.ts'

/** Programs that write down how they are called; `kubectl` is also what the script does. */
function programs(context: string, kubectl = ''): { readonly calls: () => readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-demo-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'calls')
  writeFileSync(log, '')
  const note = `#!/bin/sh\necho "$(basename "$0") $*" >>${log}\n`
  const script = `${note}case "$*" in 'config current-context') echo '${context}' ;; esac\n${kubectl}`
  for (const name of ['kubectl', 'kind', 'k3d', 'minikube']) {
    writeFileSync(join(folder, name), name === 'kubectl' ? script : note)
    chmodSync(join(folder, name), 0o755)
  }
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return { calls: () => readFileSync(log, 'utf8').trim().split('\n') }
}

function demo(signal = new AbortController().signal) {
  const printed: string[] = []
  const build = vi.fn<() => Promise<void>>(async () => {})
  const settings = { manifest: 'pod.yaml', images: ['initbox/wait-for:dev'], build, signal }
  return { printed, build, ended: onCluster({ ...settings, print: (text) => void printed.push(text) }) }
}

const namespace = `initbox-demo-${process.pid}`
const deleted = `kubectl delete namespace ${namespace} --ignore-not-found --wait=false --request-timeout=20s`

test.each([
  ['kind-dev', 'kind load docker-image initbox/wait-for:dev --name dev'],
  ['k3d-dev', 'k3d image import initbox/wait-for:dev --cluster dev'],
  ['minikube', 'minikube --profile minikube image load initbox/wait-for:dev'],
])('into the cluster of context %s images are loaded, and its namespace is deleted', async (context, command) => {
  const { calls } = programs(context)
  const { build, ended } = demo()
  await ended
  expect(build).toHaveBeenCalledOnce()
  const all = calls()
  expect(all.indexOf(command)).toBeGreaterThan(0)
  expect(all.indexOf(command)).toBeLessThan(all.indexOf(`kubectl --namespace ${namespace} apply -f pod.yaml`))
  expect(all.at(-1)).toBe(deleted)
})

test('another cluster must have the images, and is told so', async () => {
  programs('production')
  const { printed, build, ended } = demo()
  await ended
  expect(build).not.toHaveBeenCalled()
  expect(printed[0]).toBe('note: the cluster production must have initbox/wait-for:dev (hint: images/README.md)\n')
})

test('a cluster that does not answer is named before anything is built', async () => {
  const { calls } = programs('kind-dev', `case "$*" in *'get --raw /version'*) echo 'refused' >&2; exit 1 ;; esac`)
  const { build, ended } = demo()
  await expect(ended).rejects.toThrow(
    'the cluster kind-dev does not answer: refused (hint: start it, or kubectl config use-context NAME)',
  )
  expect(build).not.toHaveBeenCalled()
  expect(calls()).toHaveLength(2)
})

test('without a current context a sentence says so', async () => {
  programs('')
  await expect(demo().ended).rejects.toThrow('kubectl has no current context')
})

test.each([
  ['create', 'namespace is refused'],
  ['apply', 'the manifest is refused'],
])('when %s fails the namespace is deleted all the same', async (verb, words) => {
  const { calls } = programs('other', `case "$*" in *' ${verb} '*) echo '${words}' >&2; exit 1 ;; esac`)
  await expect(demo().ended).rejects.toThrow(words)
  expect(calls().at(-1)).toBe(deleted)
})

test('Ctrl-C ends the waiting at once, and the namespace is deleted', async () => {
  const { calls } = programs('other', `case "$*" in *' wait '*) exec sleep 600 ;; *describe*) exit 1 ;; esac`)
  const controller = new AbortController()
  const { ended } = demo(controller.signal)
  ended.catch(() => {})
  while (!calls().some((call) => call.includes(' wait '))) await sleep(10)
  controller.abort(new Error('interrupted'))
  await expect(ended).rejects.toThrow('interrupted')
  expect(calls().at(-1)).toBe(deleted)
})
