import { isIP } from 'node:net'
import { isInside } from './check-container.ts'
import type { Container } from './container-shape.ts'
import type { Problem } from './cross-check.ts'
import type { Pod } from './manifest.ts'

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const highestId = 2 ** 31 - 1

/** Rules that the API server has for fields alone, in its words (k8s.io/kubernetes/pkg/apis/core/validation); a table by kind of value. */
export function checkApiRules({ spec }: Pod, problem: Problem): void {
  const { hostname, subdomain, hostAliases = [], dnsConfig, securityContext = {}, volumes = [] } = spec
  for (const [field, value] of Object.entries({ hostname, subdomain })) {
    if (value !== undefined && value !== '' && !dnsLabel.test(value))
      problem(`spec.${field}`, 'must be a lowercase RFC 1123 label')
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
  if (spec.dnsPolicy === 'None' && servers.length === 0)
    problem('spec.dnsConfig.nameservers', 'must have at least one where dnsPolicy is None')
  if ((dnsConfig?.searches ?? []).length > 32)
    problem('spec.dnsConfig.searches', 'must not have more than 32 search paths')
  const sysctls = (securityContext.sysctls ?? []).map(({ name }) => name)
  if (new Set(sysctls).size < sysctls.length) problem('spec.securityContext.sysctls', 'names one twice')
  const { runAsUser, runAsGroup, fsGroup, supplementalGroups = [] } = securityContext
  checkIds({ runAsUser, runAsGroup, fsGroup }, 'spec.securityContext', problem)
  if (supplementalGroups.some((id) => id < 0 || id > highestId))
    problem('spec.securityContext.supplementalGroups', `must be between 0 and ${highestId}`)
}

/** The same for a container, which has `grace` seconds to end; paths begin with its own fields. */
export function checkContainerRules(container: Container, grace: number, problem: Problem): void {
  const { image, ports = [], resources = {}, volumeMounts = [] } = container
  if (image.trim() !== image || image === '')
    problem('image', 'must not be empty or have leading or trailing whitespace')
  const names = new Set<string>()
  for (const [index, { name, containerPort, hostPort = 1 }] of ports.entries()) {
    const why = name ? whyNoPortName(name) : undefined
    if (why !== undefined) problem(`ports[${index}].name`, `'${name}' ${why}`)
    if (name && names.has(name)) problem(`ports[${index}].name`, `'${name}' is used twice`)
    names.add(name ?? '')
    if ([containerPort, hostPort || 1].some((port) => port < 1 || port > 65_535))
      problem(`ports[${index}]`, 'must be between 1 and 65535')
  }
  for (const resource of ['cpu', 'memory', 'ephemeral-storage'] as const) {
    const [request, limit] = [resources.requests?.[resource], resources.limits?.[resource]]
    if (request !== undefined && limit !== undefined && request > limit)
      problem(`resources.requests.${resource}`, `must be less than or equal to ${resource} limit`)
  }
  const { runAsUser, runAsGroup } = container.securityContext ?? {}
  checkIds({ runAsUser, runAsGroup }, 'securityContext', problem)
  for (const [index, { subPathExpr = '' }] of volumeMounts.entries()) {
    if (!isInside(subPathExpr)) problem(`volumeMounts[${index}].subPathExpr`, "must be a relative path without '..'")
  }
  if ((container.restartPolicyRules ?? []).length > 20) problem('restartPolicyRules', 'must have at most 20 items')
  checkProbeRules(container, problem)
  checkHookRules(container, grace, problem)
}

function checkHookRules({ lifecycle = {} }: Container, grace: number, problem: Problem): void {
  for (const kind of ['postStart', 'preStop'] as const) {
    const hook = lifecycle[kind]
    if (hook === undefined) continue
    if (Object.keys(hook).length !== 1) problem(`lifecycle.${kind}`, 'needs exactly one of exec, httpGet and sleep')
    if (hook.exec?.command.length === 0) problem(`lifecycle.${kind}.exec.command`, 'is missing')
    const seconds = hook.sleep?.seconds ?? 0
    if (seconds < 0 || seconds > grace)
      problem(`lifecycle.${kind}.sleep.seconds`, `must be between 0 and terminationGracePeriodSeconds (${grace})`)
  }
}

function checkProbeRules(container: Container, problem: Problem): void {
  for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const probe = container[kind]
    for (const [field, value] of Object.entries(probe ?? {})) {
      if (typeof value === 'number' && value < 0) problem(`${kind}.${field}`, 'must be greater than or equal to 0')
    }
    if (probe?.exec?.command.length === 0) problem(`${kind}.exec.command`, 'is missing')
    if (probe?.terminationGracePeriodSeconds === 0)
      problem(`${kind}.terminationGracePeriodSeconds`, 'must be greater than 0')
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
