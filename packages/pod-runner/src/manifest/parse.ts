import type { Collected } from './collected.ts'
import { crossCheck } from './cross-check.ts'
import { ManifestError, type Manifest } from './manifest.ts'
import { readConfigMap, readSecret, readService } from './read-objects.ts'
import { readDeployment, readJob, readPod } from './read-pods.ts'
import { readYaml } from './read-yaml.ts'

const readers: Readonly<Record<string, (document: Record<string, unknown>, into: Collected) => void>> = {
  Pod: readPod,
  Deployment: readDeployment,
  Job: readJob,
  ConfigMap: readConfigMap,
  Secret: readSecret,
  Service: readService,
}

/** Kinds that belong to a cluster and change nothing for a Pod on one machine. */
const passive = new Set(['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy', 'PodDisruptionBudget'])

/** Reads what `kubectl apply` reads. Throws a ManifestError that names every problem with its path. */
export function parseManifest(source: string): Manifest {
  const collected: Collected = {
    findings: { problems: [], notes: [] },
    pods: [],
    services: [],
    configMaps: new Map(),
    secrets: new Map(),
  }
  const { problems, notes } = collected.findings
  for (const document of readYaml(source)) {
    const kind = String(document['kind'])
    const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined
    if (read !== undefined) read(document, collected)
    else if (passive.has(kind)) notes.push(`${kind}: has no effect here (there is no API server)`)
    else problems.push(`kind ${kind}: not understood by pod-runner (known: ${Object.keys(readers).join(', ')})`)
  }
  const manifest = { ...collected, notes }
  if (problems.length === 0) crossCheck(manifest, collected.findings)
  if (problems.length > 0) throw new ManifestError(problems)
  return manifest
}

/** What is wrong in a manifest; empty when it can be run. */
export function manifestProblems(source: string): readonly string[] {
  try {
    parseManifest(source)
    return []
  } catch (error) {
    if (error instanceof ManifestError) return error.problems
    throw error
  }
}
