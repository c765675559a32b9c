import { manifestProblems } from '../manifest/parse.ts'
import { readYaml } from '../manifest/read-yaml.ts'
import { applyOrderViolations } from '../policy/apply-order.ts'
import { restrictedViolations } from '../policy/restricted.ts'
import type { Streams } from './main.ts'

const withPods = new Set(['Pod', 'Deployment', 'Job'])

/** Checks a manifest in all four ways and runs nothing; 0 when all are content, 2 otherwise. */
export async function checkManifest(source: string, { out, err }: Streams): Promise<number> {
  // Thousands of schemas: loaded only when they are asked for.
  const { schemaViolations } = await import('../policy/kubernetes-schema.ts')
  const findings = [
    ...manifestProblems(source).map((problem) => `pod-runner: ${problem}`),
    ...schemaViolations(source).map((problem) => `schema: ${problem}`),
    ...applyOrderViolations(source).map((problem) => `order: ${problem}`),
    ...readYaml(source)
      .filter((document) => withPods.has(String(document['kind'])))
      .flatMap((document) => restrictedViolations(document).map((problem) => `restricted: ${problem}`)),
  ]
  for (const finding of findings) err(`pod: ${finding}\n`)
  if (findings.length === 0)
    out('the manifest can be run here, fits the Kubernetes schema and the restricted profile\n')
  return findings.length === 0 ? 0 : 2
}
