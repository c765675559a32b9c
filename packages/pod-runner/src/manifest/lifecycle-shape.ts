import { execAction, httpGetAction } from './probe-shape.ts'
import { integer, object, refused, type Of } from './shape.ts'

const hook = object({
  sleep: object({ seconds: integer }),
  exec: execAction,
  httpGet: httpGetAction,
  tcpSocket: refused('Kubernetes has no tcpSocket for hooks any more (hint: exec, httpGet or sleep)'),
})
/** What is done after the start of a container, or before its end. */
export type Hook = Of<typeof hook>

/** `lifecycle` of a container. */
export const lifecycle = object({
  postStart: hook,
  preStop: hook,
  stopSignal: refused('stopSignal is not supported by pod-runner'),
})
