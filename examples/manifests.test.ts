import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestProblems } from '../packages/pod-runner/src/manifest/parse.ts'
import { readYaml } from '../packages/pod-runner/src/manifest/read-yaml.ts'
import { applyOrderViolations } from '../packages/pod-runner/src/policy/apply-order.ts'
import { schemaViolations } from '../packages/pod-runner/src/policy/kubernetes-schema.ts'
import { restrictedViolations } from '../packages/pod-runner/src/policy/restricted.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')
const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)
const filesOf = (folder: string): string[] => readdirSync(join(import.meta.dirname, folder))
// Policies of an API server, of which pod-runner knows nothing: test/cluster/injection.test.ts gives them to a real one.
const yamls = folders
  .filter((folder) => folder !== 'injection')
  .flatMap((folder) =>
    filesOf(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => `${folder}/${file}`),
  )

test.each(yamls.filter((path) => !path.endsWith('/compose.yaml')))(
  '%s fits the Kubernetes schema and the restricted profile, and can be applied from the top',
  (path) => {
    const text = read(path)
    const pods = readYaml(text).filter(({ kind }) => ['Pod', 'Deployment', 'Job'].includes(String(kind)))
    expect([
      ...schemaViolations(text),
      ...applyOrderViolations(text),
      ...pods.flatMap((pod) => restrictedViolations(pod)),
    ]).toEqual([])
  },
)

/** What pod-runner cannot run; the rest of the folder is run all the same. */
const notRun: Readonly<Record<string, string>> = {
  'aws-secret/pod.yaml': 'it issues no projected token',
  'vault-secret/pod.yaml': 'it issues no projected token; the test beside it puts one into a Secret',
  'vault-secret/sidecar.yaml': 'it issues no projected token',
  'waiting-for-services/job.yaml': 'there is no Kubernetes API to ask; test/cluster asks a real one',
}

// The last of `npm run pod -- --check`.
test.each(yamls.filter((path) => !path.endsWith('/compose.yaml') && notRun[path] === undefined))(
  '%s has nothing that pod-runner does not understand',
  (path) => {
    // A Secret or ConfigMap may be in the file beside it.
    const expected = /there is no (Secret|ConfigMap) /
    expect(manifestProblems(read(path)).filter((problem) => !expected.test(problem))).toEqual([])
  },
)

test.each(yamls.filter((path) => notRun[path] === undefined))('%s is run by a test beside it', (path) => {
  const [folder = '', file = ''] = path.split('/')
  const tests = filesOf(folder).filter((each) => each.endsWith('.test.ts'))
  expect(tests.map((each) => read(`${folder}/${each}`)).join('')).toContain(`'${file}'`)
})

test('README.md is the map of all folders', () => {
  const named = [...read('README.md').matchAll(/^\| .* \| \[([\w-]+)\]\(\1\) \|$/gm)].map(([, folder]) => folder)
  expect(named.toSorted()).toEqual(folders.toSorted())
})
