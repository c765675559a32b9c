import { fieldRef, resourceFieldRef } from './env-shape.ts'
import { quantity } from './quantity.ts'
import { flag, integer, list, object, oneOf, only, refused, required, text, type Of } from './shape.ts'

const items = list(object({ key: required(text), path: required(text), mode: integer }))
const downwardItems = list(object({ path: required(text), fieldRef, resourceFieldRef, mode: integer }))
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

/** One entry of `spec.volumes`; exactly one source, which the cross-check asserts. */
export const volume = object({
  name: required(text),
  emptyDir: object({ medium: oneOf('', 'Memory'), sizeLimit: quantity }),
  configMap: object({ name: required(text), items, defaultMode: integer, optional: flag }),
  secret: object({ secretName: required(text), items, defaultMode: integer, optional: flag }),
  downwardAPI: object({ items: downwardItems, defaultMode: integer }),
  projected: object({ sources: required(list(projectedSource)), defaultMode: integer }),
  hostPath: refused(
    'a folder of this machine is not given to a Pod by pod-runner (hint: use a configMap or an emptyDir)',
  ),
  persistentVolumeClaim: refused('there are no claims here (hint: use an emptyDir)'),
  ephemeral: elsewhere,
  nfs: elsewhere,
  csi: elsewhere,
  image: elsewhere,
})
export type Volume = Of<typeof volume>

/** One entry of `volumeMounts`. */
export const volumeMount = object({
  name: required(text),
  mountPath: required(text),
  readOnly: flag,
  subPath: text,
  subPathExpr: text,
  mountPropagation: only('None', 'mounts of the host are not shared'),
  recursiveReadOnly: only('Disabled', 'volumes here have no mounts inside'),
})
export type VolumeMount = Of<typeof volumeMount>
