import { headerName, portNumber } from './kinds.ts'
import { integer, list, object, oneOf, required, text, type Of, type Shape } from './shape.ts'

/** A port by number or by the name it has in `ports`. */
const portReference: Shape<number | string> = (value, path, findings) => {
  if (typeof value === 'string') return value
  return portNumber(value, path, findings)
}

export const execAction = object({ command: required(list(text)) })

export const httpGetAction = object({
  path: text,
  port: required(portReference),
  host: text,
  scheme: oneOf('HTTP', 'HTTPS'),
  httpHeaders: list(object({ name: required(headerName), value: text })),
})

/** `startupProbe`, `readinessProbe` and `livenessProbe`. */
export const probe = object({
  exec: execAction,
  httpGet: httpGetAction,
  tcpSocket: object({ port: required(portReference), host: text }),
  grpc: object({ port: required(portNumber), service: text }),
  initialDelaySeconds: integer,
  periodSeconds: integer,
  timeoutSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer,
})
export type Probe = Of<typeof probe>
