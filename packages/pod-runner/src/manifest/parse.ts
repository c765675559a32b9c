import { randomUUID } from 'node:crypto'
import { crossCheck } from './cross-check.ts'
import { keyOf, ManifestError, type Keys, type Manifest, type Pod } from './manifest.ts'
import { configMap, deployment, job, secret, service, type Service } from './object-shapes.ts'
import { pod, type Metadata, type PodSpec } from './pod-shape.ts'
import { readYaml } from './read-yaml.ts'
import type { Findings, Shape } from './shape.ts'

/** Kinds that belong to a cluster and change nothing for a Pod on one machine. */
const passive = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy', 'PodDisruptionBudget']

/** Reads what `kubectl apply` reads. Throws a ManifestError that names every problem with its path. */
export function parseManifest(source: string): Manifest {
  const findings: Findings = { problems: [], notes: [] }
  const pods: Pod[] = []
  const services: Service[] = []
  const configMaps = new Map<string, Keys>()
  const secrets = new Map<string, Keys>()

  for (const document of readYaml(source)) {
    const check = <T>(shape: Shape<T>): T | undefined => checked(document, shape, findings)
    const kind = String(document['kind'])
    if (kind === 'Pod') {
      const value = check(pod)
      if (value !== undefined) pods.push(complete(value.metadata, value.metadata, value.spec, findings))
    } else if (kind === 'Deployment') {
      const value = check(deployment)
      for (let index = 0; value !== undefined && index < (value.spec.replicas ?? 1); index++) {
        const { metadata = {}, spec } = value.spec.template
        pods.push(complete({ ...metadata, name: `${value.metadata.name}-${index}` }, value.metadata, spec, findings))
      }
    } else if (kind === 'Job') {
      const value = check(job)
      if (value !== undefined) {
        const { metadata = {}, spec } = value.spec.template
        if (spec.restartPolicy !== 'Never' && spec.restartPolicy !== 'OnFailure') {
          findings.problems.push(`Job/${value.metadata.name} spec.template.spec.restartPolicy: must be Never or OnFailure`)
        }
        pods.push(complete({ ...metadata, name: value.metadata.name ?? '' }, value.metadata, spec, findings))
      }
    } else if (kind === 'ConfigMap') {
      const value = check(configMap)
      if (value === undefined) continue
      const keys = [...texts(value.data), ...base64(value.binaryData, `ConfigMap/${value.metadata.name}`, findings)]
      configMaps.set(keyOf(value.metadata.namespace, value.metadata.name ?? ''), new Map(keys))
    } else if (kind === 'Secret') {
      const value = check(secret)
      if (value === undefined) continue
      const keys = [...base64(value.data, `Secret/${value.metadata.name}`, findings), ...texts(value.stringData)]
      secrets.set(keyOf(value.metadata.namespace, value.metadata.name ?? ''), new Map(keys))
    } else if (kind === 'Service') {
      const value = check(service)
      if (value !== undefined) services.push(value)
    } else if (passive.includes(kind)) {
      findings.notes.push(`${kind}: has no effect here (there is no API server)`)
    } else {
      findings.problems.push(`kind ${kind}: not understood by pod-runner`)
    }
  }

  const manifest = { pods, configMaps, secrets, services, notes: findings.notes }
  if (findings.problems.length === 0) crossCheck(manifest, findings)
  if (findings.problems.length > 0) throw new ManifestError(findings.problems)
  return manifest
}

/** One document by its shape, with `Kind/name` before every path; undefined when it has problems. */
function checked<T>(document: Record<string, unknown>, shape: Shape<T>, findings: Findings): T | undefined {
  const own: Findings = { problems: [], notes: [] }
  const value = shape(document, '', own)
  const metadata = document['metadata']
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? String(metadata.name) : '(unnamed)'
  if (name === '(unnamed)' && document['kind'] !== 'Pod') own.problems.push('metadata.name: is missing')
  const place = `${String(document['kind'])}/${name}`
  findings.problems.push(...own.problems.map((problem) => `${place} ${problem}`))
  findings.notes.push(...own.notes.map((note) => `${place} ${note}`))
  return own.problems.length === 0 ? value : undefined
}

function complete(metadata: Metadata, owner: Metadata, spec: PodSpec, findings: Findings): Pod {
  const name = metadata.name ?? (metadata.generateName === undefined ? '' : `${metadata.generateName}${randomUUID().slice(0, 5)}`)
  if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name)) {
    findings.problems.push(`Pod/${name} metadata.name: must be a DNS name of lower-case letters, digits, '-' and '.'`)
  }
  return {
    metadata: {
      name,
      namespace: metadata.namespace ?? owner.namespace ?? 'default',
      uid: metadata.uid ?? randomUUID(),
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
    },
    spec,
  }
}

function texts(values: Readonly<Record<string, string>> = {}): [string, Buffer][] {
  return Object.entries(values).map(([key, value]) => [key, Buffer.from(value)])
}

function base64(values: Readonly<Record<string, string>> = {}, place: string, findings: Findings): [string, Buffer][] {
  return Object.entries(values).map(([key, value]) => {
    const compact = value.replaceAll(/\s/g, '')
    const bytes = Buffer.from(compact, 'base64')
    if (bytes.toString('base64') !== compact) findings.problems.push(`${place} ${key}: is not base64 (hint: Secrets take plain text in stringData)`)
    return [key, bytes]
  })
}
