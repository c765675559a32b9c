import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { Job } from 'kubernetes-models/batch/v1/Job'
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Pod } from 'kubernetes-models/v1/Pod'
import { Secret } from 'kubernetes-models/v1/Secret'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { readYaml } from '../manifest/read-yaml.ts'
import { isRecord } from '../manifest/shape.ts'

const models = { ConfigMap, Deployment, Job, Pod, Role, RoleBinding, Secret, Service, ServiceAccount }

/** What the Kubernetes API's own schema has against a manifest, document by document; empty when it has nothing. */
export function schemaViolations(source: string): readonly string[] {
  return readYaml(source).flatMap((document) => {
    const kind = String(document['kind'])
    const known = Object.entries(models).find(([name]) => name === kind)
    if (known === undefined) return [`kind ${kind}: there is no schema for it here`]
    const [, Model] = known
    if (document['apiVersion'] !== Model.apiVersion) return [`${kind}: apiVersion must be ${Model.apiVersion}`]
    try {
      new Model(withoutNulls(document) as never).validate()
      return []
    } catch (error) {
      return [`${kind}: ${error instanceof Error ? error.message : String(error)}`]
    }
  })
}

/** A field without a value is as good as none to the API server. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]))
}
