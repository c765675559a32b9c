import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifestProblems } from '../../packages/pod-runner/src/manifest/parse.ts'
import { readYaml } from '../../packages/pod-runner/src/manifest/read-yaml.ts'
import { schemaViolations } from '../../packages/pod-runner/src/policy/kubernetes-schema.ts'
import { type Mutant, mutants } from './one-field-wrong.ts'
import { Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

/** What pod-runner's README names: the server takes it, and it would not run here, or on a kubelet neither. */
const refusedHereAlone = [
  /there is no (ConfigMap|Secret) '|has no key '/,
  /only \S+ is supported by pod-runner/,
  /must be one of .*, not string |must be equal to one of the allowed values/,
  /not empty( |$)|^Pod: data\S+ must be (string|integer|object)$/, // no value in a list or a map
  /must have required property/,
  /there is no port called '/,
  /resourceFieldRef\.containerName: must name a container/,
  /mountPath: .*(is the root|must not contain ':')/,
  /runAsNonRoot is true and runAsUser is 0/,
  // The server allows the beginning of a name, which no object can have.
  /envFrom\[\d+\]\.\S+\.name: 'a-' is no lowercase RFC 1123 subdomain/,
]
/** And what only the server knows: which accounts and classes there are, rules among values that have no effect here, and a quantity without a value. */
const refusedThereAlone =
  /^spec\.(serviceAccountName|serviceAccount|priority|priorityClassName|preemptionPolicy|tolerations\[\]|topologySpreadConstraints|containers\[\]\.(resizePolicy|resources\.(limits|requests)\.\S+)): |^spec: with priority$/

const files = globSync(join(import.meta.dirname, 'pods/*.yaml')).toSorted()
const manifests = files.map((file) => readYaml(readFileSync(file, 'utf8')))

/** The objects beside the Pod of each file; without Services, which need their Pod's labels. */
const others = manifests.map(([, ...objects]) =>
  objects
    .filter((each) => each['kind'] !== 'Service')
    .map((each) => `\n---\n${JSON.stringify(each)}`)
    .join(''),
)

let namespace: Namespace
beforeAll(async () => {
  namespace = await Namespace.make(cluster, {})
})
afterAll(() => namespace?.[Symbol.asyncDispose]())

/** How the server and `--check` differ about a Pod; undefined where they agree, or README tells why they do not. */
async function difference({ what, pod, of }: Mutant): Promise<string | undefined> {
  const { status, text } = await cluster.api.ask(
    'POST',
    `${namespace.path}/pods?dryRun=All&fieldValidation=Strict`,
    pod,
  )
  const source = JSON.stringify(pod)
  const here = [...manifestProblems(source + others[of]), ...schemaViolations(source)]
  const isTaken = status < 300
  if (isTaken === (here.length === 0)) return undefined
  if (!isTaken) return refusedThereAlone.test(what) ? undefined : `${what} is refused by the server alone: ${text}`
  const unnamed = here.filter((problem) => !refusedHereAlone.some((pattern) => pattern.test(problem)))
  return unnamed.length === 0 ? undefined : `${what} is refused by pod-runner alone: ${unnamed.join(', ')}`
}

test(
  'each field of the Pods, wrong in each way, is refused by the API server and by --check, or by neither',
  { timeout: 600_000 },
  async () => {
    const all = mutants(manifests.map(([pod]) => pod))
    const differences: string[] = []
    let count = 0
    const worker = async (): Promise<void> => {
      for (const mutant of all) {
        count++
        const found = await difference(mutant)
        if (found !== undefined) differences.push(found)
      }
    }
    // Eight take turns at one generator.
    await Promise.all(Array.from({ length: 8 }, worker))
    expect(differences).toEqual([])
    expect(count).toBeGreaterThan(4_000)
  },
)
