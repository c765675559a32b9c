import { fieldRef, resourceFieldRef } from './env-shape.ts'
import { fileMode, someText } from './kinds.ts'
import { quantity } from './quantity.ts'
import {
  flag,
  list,
  object,
  oneOf,
  only,
  refused,
  required,
  text,
  type Findings,
  type Of,
  type Shape,
} from './shape.ts'

const items = list(object({ key: required(text), path: required(someText), mode: fileMode }))
const downwardItems = list(object({ path: required(someText), fieldRef, resourceFieldRef, mode: fileMode }))
const elsewhere = refused('volumes of this kind are not supported by pod-runner')

const projectedSource = object({
  configMap: object({ name: required(text), items, optional: flag }),
  secret: object({ name: required(text), items, optional: flag }),
  downwardAPI: object({ items: downwardItems }),
  serviceAccountToken: refused('there is no API server here that could issue a token'),
  clusterTrustBundle: refused('there is no API server here that holds trust bundles'),
  podCertificate: refused('there is no API server here that could issue a certificate'),
})
export type ProjectedSource = Of<typeof projectedSource>

const known = object({
  name: required(text),
  emptyDir: object({ medium: oneOf('', 'Memory'), sizeLimit: quantity }),
  configMap: object({ name: required(text), items, defaultMode: fileMode, optional: flag }),
  secret: object({ secretName: required(text), items, defaultMode: fileMode, optional: flag }),
  downwardAPI: object({ items: downwardItems, defaultMode: fileMode }),
  projected: object({ sources: list(projectedSource), defaultMode: fileMode }),
  hostPath: refused(
    'a folder of this machine is not given to a Pod by pod-runner (hint: use a configMap or an emptyDir)',
  ),
  persistentVolumeClaim: refused('there are no claims here (hint: use an emptyDir)'),
  ephemeral: elsewhere,
  nfs: elsewhere,
  csi: elsewhere,
  image: elsewhere,
})
export type Volume = Of<typeof known>

/** One entry of `spec.volumes`; exactly one source, which the cross-check asserts, and an emptyDir where there is none. */
export const volume: Shape<Volume> & Pick<typeof known, 'fields'> = Object.assign(
  (value: unknown, path: string, findings: Findings): Volume => {
    const read = known(value, path, findings)
    return Object.keys(read).length === 1 ? { ...read, emptyDir: {} } : read
  },
  { fields: known.fields },
)

/** One entry of `volumeMounts`. */
export const volumeMount = object({
  name: required(text),
  mountPath: required(someText),
  readOnly: flag,
  subPath: text,
  subPathExpr: text,
  mountPropagation: only('None', 'mounts of the host are not shared'),
  recursiveReadOnly: only('Disabled', 'volumes here have no mounts inside'),
})
export type VolumeMount = Of<typeof volumeMount>
