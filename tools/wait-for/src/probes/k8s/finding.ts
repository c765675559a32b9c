import { RefusedError, type ToolError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import { readyEndpoints } from './endpoints.ts'
import { judgeCondition, judgeJsonPath, type WantedCondition } from './expectation.ts'
import { judgeJob } from './job.ts'
import type { JsonPath } from './json-path.ts'
import { endpointSlices, type Resource } from './kinds.ts'
import { type KubernetesObject, textAt } from './object.ts'
import { isLeaving, judgePod } from './pod.ts'
import { judgeDaemonSet, judgeDeployment, judgeStatefulSet } from './rollout.ts'

/** What an object must be like beside what its kind calls ready. */
export type Expectation = {
  readonly condition: readonly WantedCondition[]
  /** It is enough that it is there. */
  readonly exists: boolean
  readonly jsonpath: JsonPath | undefined
}

/** All that is kept of one object. */
export type Finding = {
  /** Names of what counts as ready: the object itself, or the endpoints of an EndpointSlice. */
  readonly ready: readonly string[]
  /** A fact worth telling, or why it is not ready. */
  readonly told: string | ToolError
  /** It does not count among those that must be ready. */
  readonly leaving: boolean
}

type Judge = (object: KubernetesObject) => string | ToolError

const judges: Readonly<Record<string, Judge>> = {
  'batch/jobs': judgeJob,
  '/pods': judgePod,
  'apps/deployments': judgeDeployment,
  'apps/statefulsets': judgeStatefulSet,
  'apps/daemonsets': judgeDaemonSet,
}

/** Whether a kind says by itself when it is ready. */
export function hasJudge({ group, plural }: Resource): boolean {
  return Object.hasOwn(judges, `${group}/${plural}`)
}

export function find(
  resource: Resource,
  { condition, jsonpath, exists }: Expectation,
  object: KubernetesObject,
): Finding {
  if (resource === endpointSlices) return { ready: readyEndpoints(object), told: '', leaving: false }
  const key = `${resource.group}/${resource.plural}`
  const own = judges[key]?.(object)
  const wanted = [
    ...condition.map((each) => judgeCondition(object, each)),
    exists ? 'exists' : undefined,
    jsonpath && judgeJsonPath(object, jsonpath, key === '/secrets'),
  ].filter((each) => each !== undefined)
  const verdicts = wanted.length === 0 ? [own ?? new NotYet('unknown kind')] : wanted
  const failure = verdicts.find((each) => typeof each !== 'string')
  // A failed Job will never be complete, however one asks.
  const never = failure !== undefined && own instanceof RefusedError && key === 'batch/jobs'
  return {
    ready: failure === undefined ? [textAt(object, 'metadata', 'name')] : [],
    told: never ? own : (failure ?? verdicts.join(', ')),
    leaving: key === '/pods' && wanted.length === 0 && isLeaving(object),
  }
}
