import { isIP } from 'node:net'
import type { Container } from './container-shape.ts'
import type { Problem } from './cross-check.ts'
import type { Pod } from './manifest.ts'

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/
const highestId = 2 ** 31 - 1

/** Rules that the API server has for fields alone, in its words (k8s.io/kubernetes/pkg/apis/core/validation); a table by kind of value. */
export function checkApiRules({ metadata, spec }: Pod, problem: Problem): void {
  const { hostname, subdomain, hostAliases = [], dnsConfig, securityContext = {}, volumes = [] } = spec
  for (const [key, value] of Object.entries(metadata.labels)) {
    if (!labelValue.test(value))
      problem(`metadata.labels.${key}`, `'${value}' is no label: letters, digits, '-', '_' and '.'`)
  }
  for (const [field, value] of Object.entries({ hostname, subdomain })) {
    if (value !== undefined && !dnsLabel.test(value)) problem(`spec.${field}`, 'must be a lowercase RFC 1123 label')
  }
  for (const [index, { ip }] of hostAliases.entries()) {
    if (isIP(ip) === 0) problem(`spec.hostAliases[${index}].ip`, `'${ip}' must be a valid IP address`)
  }
  const servers = dnsConfig?.nameservers ?? []
  if (servers.length > 3) problem('spec.dnsConfig.nameservers', 'must not have more than 3 nameservers')
  if (servers.some((each) => isIP(each) === 0)) problem('spec.dnsConfig.nameservers', 'must be valid IP addresses')
  for (const [index, { name }] of volumes.entries()) {
    if (!dnsLabel.test(name)) problem(`spec.volumes[${index}].name`, 'must be a lowercase RFC 1123 label')
  }
  if ((spec.activeDeadlineSeconds ?? 1) < 1) problem('spec.activeDeadlineSeconds', 'must be between 1 and 2147483647')
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups = [] } = securityContext
  checkIds({ runAsUser, runAsGroup, fsGroup }, 'spec.securityContext', problem)
  if (supplementalGroups.some((id) => id < 0 || id > highestId))
    problem('spec.securityContext.supplementalGroups', `must be between 0 and ${highestId}`)
}

/** The same for a container; paths begin with its own fields. */
export function checkContainerRules(container: Container, problem: Problem): void {
  const { image, ports = [], resources = {}, env = [], volumeMounts = [] } = container
  if (image.trim() !== image || image === '')
    problem('image', 'must not be empty or have leading or trailing whitespace')
  const names = new Set<string>()
  for (const [index, { name, containerPort, hostPort = 1 }] of ports.entries()) {
    const why = name === undefined ? undefined : whyNoPortName(name)
    if (why !== undefined) problem(`ports[${index}].name`, `'${name}' ${why}`)
    if (name !== undefined && names.has(name)) problem(`ports[${index}].name`, `'${name}' is used twice`)
    names.add(name ?? '')
    if ([containerPort, hostPort].some((port) => port < 1 || port > 65_535))
      problem(`ports[${index}]`, 'must be between 1 and 65535')
  }
  for (const resource of ['cpu', 'memory', 'ephemeral-storage'] as const) {
    const [request, limit] = [resources.requests?.[resource], resources.limits?.[resource]]
    if (request !== undefined && limit !== undefined && request > limit)
      problem(`resources.requests.${resource}`, `must be less than or equal to ${resource} limit`)
  }
  const { runAsUser, runAsGroup } = container.securityContext ?? {}
  checkIds({ runAsUser, runAsGroup }, 'securityContext', problem)
  for (const [index, { valueFrom }] of env.entries()) {
    if ((valueFrom?.fieldRef?.apiVersion ?? 'v1') !== 'v1')
      problem(`env[${index}].valueFrom.fieldRef.apiVersion`, 'must be v1')
    const { resource, divisor = 0n } = valueFrom?.resourceFieldRef ?? {}
    if (resource?.endsWith('.cpu') === true && ![0n, 1_000_000n, 1_000_000_000n].includes(divisor))
      problem(
        `env[${index}].valueFrom.resourceFieldRef.divisor`,
        "only divisor's values 1m and 1 are supported with cpu",
      )
  }
  for (const [index, { subPathExpr = '' }] of volumeMounts.entries()) {
    if (subPathExpr.split('/').includes('..')) problem(`volumeMounts[${index}].subPathExpr`, "must not contain '..'")
  }
  checkProbeRules(container, problem)
}

function checkProbeRules(container: Container, problem: Problem): void {
  for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const probe = container[kind]
    for (const [field, value] of Object.entries(probe ?? {})) {
      if (typeof value === 'number' && value < 0) problem(`${kind}.${field}`, 'must be greater than or equal to 0')
    }
    if (probe?.exec?.command.length === 0) problem(`${kind}.exec.command`, 'is missing')
    if (kind === 'readinessProbe' && probe?.terminationGracePeriodSeconds !== undefined)
      problem(`${kind}.terminationGracePeriodSeconds`, 'must not be set for readinessProbes')
  }
}

function checkIds(ids: Readonly<Record<string, number | undefined>>, place: string, problem: Problem): void {
  for (const [field, id] of Object.entries(ids)) {
    if (id !== undefined && (id < 0 || id > highestId))
      problem(`${place}.${field}`, `must be between 0 and ${highestId}`)
  }
}

function whyNoPortName(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters'
  if (!/^[a-z0-9-]+$/.test(name)) return "must contain only lower-case letters, digits and '-'"
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)'
  return /^-|-$|--/.test(name) ? "must not begin or end with '-', or have two of them" : undefined
}
