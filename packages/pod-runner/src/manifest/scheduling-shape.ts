import { labelKey, orNone, someText, within } from './kinds.ts'
import { integer, list, mapOf, object, oneOf, required, text } from './shape.ts'

// Where a Pod may run means nothing on one machine; but a misspelt field would mean as little on a cluster, and nobody would be told.

const expressions = list(object({ key: required(labelKey), operator: required(text), values: list(text) }))
const labelSelector = object({ matchLabels: mapOf(text, labelKey), matchExpressions: expressions })
const nodeSelectorTerm = object({ matchExpressions: expressions, matchFields: expressions })
const podAffinityTerm = object({
  labelSelector,
  namespaceSelector: labelSelector,
  namespaces: list(text),
  topologyKey: required(labelKey),
  matchLabelKeys: list(labelKey),
  mismatchLabelKeys: list(labelKey),
})
const weight = required(within(1, 100))
const podAffinity = object({
  requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: list(object({ weight, podAffinityTerm: required(podAffinityTerm) })),
})

/** `spec.affinity`. */
export const affinity = object({
  nodeAffinity: object({
    requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms: required(list(nodeSelectorTerm)) }),
    preferredDuringSchedulingIgnoredDuringExecution: list(object({ weight, preference: nodeSelectorTerm })),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
})

/** `spec.tolerations`. */
export const tolerations = list(
  object({
    key: orNone(labelKey),
    operator: oneOf('', 'Equal', 'Exists', 'Lt', 'Gt'),
    value: text,
    effect: oneOf('', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    tolerationSeconds: integer,
  }),
)

/** `spec.topologySpreadConstraints`. */
export const topologySpreadConstraints = list(
  object({
    maxSkew: required(within(1, 2_147_483_647)),
    minDomains: within(1, 2_147_483_647),
    topologyKey: required(someText),
    whenUnsatisfiable: required(oneOf('DoNotSchedule', 'ScheduleAnyway')),
    labelSelector,
    matchLabelKeys: list(labelKey),
    nodeAffinityPolicy: oneOf('Honor', 'Ignore'),
    nodeTaintsPolicy: oneOf('Honor', 'Ignore'),
  }),
)
