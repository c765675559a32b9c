import { posix } from 'node:path'
import { isFieldPath, resourceFields } from './field-paths.ts'
import type { Container } from './container-shape.ts'
import type { Problem } from './cross-check.ts'
import type { EnvVar, ResourceFieldRef } from './env-shape.ts'
import { keyOf, type Keys, type Manifest, type Pod } from './manifest.ts'
import { parseQuantity } from './quantity.ts'
import type { Probe } from './probe-shape.ts'
import type { VolumeMount } from './volume-shape.ts'

type Place = { readonly pod: Pod; readonly manifest: Manifest }

/** Checks one container against its Pod and the other documents. */
export function checkContainer(container: Container, init: boolean, place: Place, problem: Problem): void {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(container.name))
    problem('name', "must be lower-case letters, digits and '-'")
  for (const [index, variable] of (container.env ?? []).entries()) {
    checkVariable(variable, place, (field, sentence) => problem(`env[${index}]${field}`, sentence))
  }
  for (const [index, { configMapRef, secretRef }] of (container.envFrom ?? []).entries()) {
    if ((configMapRef === undefined) === (secretRef === undefined))
      problem(`envFrom[${index}]`, 'needs one of configMapRef and secretRef')
    checkObject(configMapRef, place.manifest.configMaps, 'ConfigMap', place, (field, sentence) =>
      problem(`envFrom[${index}].configMapRef${field}`, sentence),
    )
    checkObject(secretRef, place.manifest.secrets, 'Secret', place, (field, sentence) =>
      problem(`envFrom[${index}].secretRef${field}`, sentence),
    )
  }
  const targets = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    checkMount(mount, targets, place.pod, (field, sentence) => problem(`volumeMounts[${index}].${field}`, sentence))
  }
  for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const probe = container[kind]
    if (probe === undefined) continue
    if (init && container.restartPolicy !== 'Always')
      problem(kind, 'only a sidecar (restartPolicy: Always) may have probes among the init containers')
    checkProbe(probe, kind, container, (field, sentence) => problem(`${kind}${field}`, sentence))
  }
  if (init && container.restartPolicy !== 'Always' && container.lifecycle !== undefined)
    problem('lifecycle', 'only a sidecar (restartPolicy: Always) may have it among the init containers')
  const user = container.securityContext?.runAsUser ?? place.pod.spec.securityContext?.runAsUser
  const nonRoot = container.securityContext?.runAsNonRoot ?? place.pod.spec.securityContext?.runAsNonRoot
  if (nonRoot === true && user === 0) problem('securityContext', 'runAsNonRoot is true and runAsUser is 0')
  if (container.restartPolicyRules !== undefined && container.restartPolicy === undefined) {
    problem('restartPolicyRules', 'need a restartPolicy of the container for the exit codes that no rule names')
  }
  if (init && container.restartPolicy === 'Always' && container.restartPolicyRules !== undefined) {
    problem('restartPolicyRules', 'a sidecar is always restarted')
  }
}

function checkVariable({ name, value, valueFrom }: EnvVar, place: Place, problem: Problem): void {
  if (name === '' || name.includes('=')) problem('.name', `'${name}' can not be a variable's name`)
  if (valueFrom === undefined) return
  if (value !== undefined && value !== '') problem('', 'has both value and valueFrom')
  if (Object.keys(valueFrom).length !== 1) problem('.valueFrom', 'needs exactly one source')
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fileKeyRef !== undefined) {
    const volume = (place.pod.spec.volumes ?? []).find((each) => each.name === fileKeyRef.volumeName)
    if (volume?.emptyDir === undefined)
      problem('.valueFrom.fileKeyRef.volumeName', `there is no emptyDir '${fileKeyRef.volumeName}'`)
    if (fileKeyRef.path.split('/').includes('..'))
      problem('.valueFrom.fileKeyRef.path', `'${fileKeyRef.path}' must not contain '..'`)
  }
  checkApiVersion(fieldRef, (field, sentence) => problem(`.valueFrom.fieldRef.${field}`, sentence))
  if (fieldRef !== undefined && !isFieldPath(fieldRef.fieldPath, 'env')) {
    problem('.valueFrom.fieldRef.fieldPath', `there is no field '${fieldRef.fieldPath}' for a variable`)
  }
  checkResource(resourceFieldRef, place.pod, (field, sentence) =>
    problem(`.valueFrom.resourceFieldRef.${field}`, sentence),
  )
  checkObject(configMapKeyRef, place.manifest.configMaps, 'ConfigMap', place, (field, sentence) =>
    problem(`.valueFrom.configMapKeyRef${field}`, sentence),
  )
  checkObject(secretKeyRef, place.manifest.secrets, 'Secret', place, (field, sentence) =>
    problem(`.valueFrom.secretKeyRef${field}`, sentence),
  )
}

/** Whether a `fieldRef` is of the one version that there is. */
export function checkApiVersion(ref: { readonly apiVersion?: string } | undefined, problem: Problem): void {
  if (!['v1', ''].includes(ref?.apiVersion ?? '')) problem('apiVersion', 'must be v1')
}

/** Whether a `resourceFieldRef` names a resource, a divisor of it, and a container of the Pod. */
export function checkResource(ref: ResourceFieldRef | undefined, { spec }: Pod, problem: Problem): void {
  if (ref === undefined) return
  const { resource, divisor = 0n, containerName } = ref
  if (!resourceFields.some((known) => known === resource))
    problem('resource', `must be one of ${resourceFields.join(', ')}`)
  const known = resource.endsWith('.cpu') ? ['1', '1m'] : byteDivisors
  if (divisor !== 0n && !known.some((each) => parseQuantity(each) === divisor))
    problem('divisor', `only divisor's values ${known.join(', ')} are supported with ${resource}`)
  const { initContainers = [], containers } = spec
  if (containerName && ![...initContainers, ...containers].some(({ name }) => name === containerName))
    problem('containerName', 'must name a container of the Pod')
}
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

type ObjectRef = { readonly name: string; readonly key?: string; readonly optional?: boolean }

/** Whether the file has the object, and the key in it, that a reference names. */
export function checkObject(
  ref: ObjectRef | undefined,
  objects: ReadonlyMap<string, Keys>,
  kind: string,
  { pod }: Pick<Place, 'pod'>,
  problem: Problem,
): void {
  if (ref === undefined || ref.optional === true) return
  const keys = objects.get(keyOf(pod.metadata.namespace, ref.name))
  if (keys === undefined)
    problem('.name', `there is no ${kind} '${ref.name}' of namespace ${pod.metadata.namespace} in the manifest`)
  else if (ref.key !== undefined && !keys.has(ref.key)) problem('.key', `${kind} '${ref.name}' has no key '${ref.key}'`)
}

function checkMount(mount: VolumeMount, targets: Set<string>, pod: Pod, problem: Problem): void {
  if (!(pod.spec.volumes ?? []).some(({ name }) => name === mount.name))
    problem('name', `there is no volume '${mount.name}'`)
  // One that is relative begins at the root too, as with a kubelet.
  if (mount.mountPath.includes(':')) problem('mountPath', `'${mount.mountPath}' must not contain ':'`)
  if (posix.resolve('/', mount.mountPath) === '/')
    problem('mountPath', `'${mount.mountPath}' is the root, where nothing can be mounted`)
  if (targets.has(mount.mountPath)) problem('mountPath', `'${mount.mountPath}' is mounted twice`)
  targets.add(mount.mountPath)
  if (mount.subPath !== undefined && mount.subPathExpr !== undefined)
    problem('subPath', 'has both subPath and subPathExpr')
  if (!isInside(mount.subPath ?? '')) problem('subPath', `'${mount.subPath}' must be a relative path without '..'`)
}

/** Whether a path stays below the folder it is relative to. */
export function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..')
}

function checkProbe(probe: Probe, kind: string, container: Container, problem: Problem): void {
  const actions = [probe.exec, probe.httpGet, probe.tcpSocket, probe.grpc].filter((action) => action !== undefined)
  if (actions.length !== 1) problem('', 'needs exactly one of exec, httpGet, tcpSocket and grpc')
  if (kind !== 'readinessProbe' && (probe.successThreshold ?? 1) > 1) problem('.successThreshold', 'must be 1')
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port
  if (typeof port === 'string' && !(container.ports ?? []).some(({ name }) => name === port))
    problem('', `there is no port called '${port}'`)
}
