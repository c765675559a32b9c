import { option } from '@initbox/core'
import { Cluster, usualFolder } from './cluster.ts'
import { parseCondition } from './expectation.ts'
import { hasJudge } from './finding.ts'
import { parseJsonPath } from './json-path.ts'
import { endpointSlices, type KindName, knownResource, parseKind, type Resource } from './kinds.ts'
import { Lookup } from './lookup.ts'
import type { Target } from '../../target.ts'
import { defineProbe } from '../probe.ts'

const parameters = {
  namespace: option.string({ help: 'Namespace; otherwise that of the Pod' }),
  selector: option.string({ help: 'Labels, as in app=web, instead of a name: all that match, and at least one' }),
  min: option.integer({ min: 1, help: 'So many endpoints of a Service, or so many of what a selector matches' }),
  condition: option.list(
    option.of('type[=status]', parseCondition)({ help: 'Condition that it must have, as in Ready; repeatable' }),
  ),
  exists: option.boolean({ help: 'It is enough that it is there' }),
  jsonpath: option.of('{.path}[=value]', parseJsonPath)({ help: 'Value that it must have; without one, any' }),
  serviceAccount: option.path({ default: usualFolder, help: 'Folder with token, ca.crt and namespace' }),
}

export const probe = defineProbe({
  ready: 'a Job is complete, a Pod ready, a Deployment, StatefulSet or DaemonSet rolled out, a Service has endpoints',
  example: 'k8s://job/migrate?namespace=db',
  address: { hosts: 'none', port: 'none' },
  parameters,
  prepare(target, context) {
    const { path, parameters: wanted } = target
    const [kindText = '', name, ...more] = path.split('/')
    const kind = parseKind(kindText)
    if (more.length > 0 || (name !== undefined && !/^[\w.:-]{1,253}$/.test(name))) {
      throw new Error('is not of the form k8s://KIND/NAME')
    }
    if ((name === undefined) === (wanted.selector === undefined)) throw new Error('needs either a name or a selector')
    if (wanted.namespace !== undefined && !/^[a-z0-9-]{1,63}$/.test(wanted.namespace)) {
      throw new Error('has a namespace that is no name')
    }
    const cluster = new Cluster(wanted.serviceAccount, context.environment, context.redactor)
    const lookup = new Lookup(cluster, { ...wanted, kind, name, resource: resourceOf(kind, target) }, context.signal)
    return { attempt: (signal) => lookup.attempt(signal), change: (signal) => lookup.change(signal) }
  },
})

/** The resource that is asked for, or undefined where the cluster has to say it. */
function resourceOf(kind: KindName, { path, parameters: wanted }: Target<typeof parameters>): Resource | undefined {
  const known = knownResource(kind)
  if (wanted.exists || wanted.condition.length > 0 || wanted.jsonpath !== undefined) return known
  if (known?.plural === 'services') {
    if (wanted.selector !== undefined) throw new Error('counts the endpoints of one Service: it needs its name')
    return endpointSlices
  }
  if (known !== undefined && hasJudge(known)) return known
  throw new Error(
    `needs ?exists, ?condition=Ready or ?jsonpath={.status.phase}=Bound: nothing else says when '${path}' is ready`,
  )
}
