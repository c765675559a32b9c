import { configKey, objectName, orNone, someText, variableName } from './kinds.ts'
import { quantity } from './quantity.ts'
import { flag, object, required, text, type Of } from './shape.ts'

/** `fieldRef` of an environment variable or a downward-API file. */
export const fieldRef = object({ apiVersion: text, fieldPath: required(text) })

/** `resourceFieldRef`; `containerName` is needed in a volume only. */
export const resourceFieldRef = object({ containerName: text, resource: required(text), divisor: quantity })
export type ResourceFieldRef = Of<typeof resourceFieldRef>

/** A variable of a file that an init container wrote. */
const fileKeyRef = object({
  volumeName: required(text),
  path: required(someText),
  key: required(variableName),
  optional: flag,
})
export type FileKeyRef = Of<typeof fileKeyRef>

const keyRef = object({ name: required(objectName), key: required(configKey), optional: flag })

/** One entry of `env`. */
export const envVar = object({
  name: required(variableName),
  value: text,
  valueFrom: object({
    fieldRef,
    resourceFieldRef,
    configMapKeyRef: keyRef,
    secretKeyRef: keyRef,
    fileKeyRef,
  }),
})
export type EnvVar = Of<typeof envVar>

const wholeRef = object({ name: required(objectName), optional: flag })

/** One entry of `envFrom`. */
export const envFrom = object({ prefix: orNone(variableName), configMapRef: wholeRef, secretRef: wholeRef })
