import { AdvisedError } from './advised.ts'
import type { Resource } from './kinds.ts'

type Right = {
  readonly resource: Resource
  readonly namespace: string
  /** The one object, or undefined where a selector chooses: RBAC knows no selectors. */
  readonly name: string | undefined
  /** `namespace:name` of the service account. */
  readonly account: string
}

const verbs = ['get', 'list', 'watch']

/** What the API server said, with the Role and the RoleBinding that are missing: as commands, and as YAML for the log. */
export function missingRole(said: string, { resource, namespace, name, account }: Right, cause: unknown): AdvisedError {
  const { group, plural, namespaced } = resource
  const prefix = namespaced ? '' : 'Cluster'
  const role = `wait-for-${plural}${name === undefined ? '' : `-${name}`}`
  const [accountNamespace = '', accountName = ''] = account.split(':')
  const create = `kubectl create ${prefix.toLowerCase()}role`
  const within = namespaced ? ` -n ${namespace}` : ''
  const one = name === undefined ? '' : ` --resource-name=${name}`
  const resourceName = group === '' ? plural : `${plural}.${group}`
  const hint =
    `${create} ${role} --verb=${verbs.join(',')} --resource=${resourceName}${one}${within} && ` +
    `${create}binding ${role} --${prefix.toLowerCase()}role=${role} --serviceaccount=${account}${within}`

  const quoted = JSON.stringify
  const metadata = `metadata: {name: ${quoted(role)}${namespaced ? `, namespace: ${quoted(namespace)}` : ''}}`
  const names = name === undefined ? [] : [`        resourceNames: [${quoted(name)}]`]
  // One List instead of two documents: a '---' would not survive being indented by the log.
  const advice = [
    'this is missing, for kubectl apply -f -',
    'apiVersion: v1',
    'kind: List',
    'items:',
    '  - apiVersion: rbac.authorization.k8s.io/v1',
    `    kind: ${prefix}Role`,
    `    ${metadata}`,
    '    rules:',
    `      - apiGroups: [${quoted(group)}]`,
    `        resources: [${quoted(plural)}]`,
    ...names,
    `        verbs: [${verbs.join(', ')}]`,
    '  - apiVersion: rbac.authorization.k8s.io/v1',
    `    kind: ${prefix}RoleBinding`,
    `    ${metadata}`,
    `    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ${prefix}Role, name: ${quoted(role)}}`,
    '    subjects:',
    `      - {kind: ServiceAccount, name: ${quoted(accountName)}, namespace: ${quoted(accountNamespace)}}`,
  ].join('\n')
  return new AdvisedError(said, { hint, advice, cause })
}
