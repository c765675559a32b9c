import { integer, list, object, oneOf, refused, required, text, type Of, type Shape } from './shape.ts'

/** A port by number or by the name it has in `ports`. */
const portReference: Shape<number | string> = (value, path, findings) => {
  if (typeof value === 'string') return value
  return integer(value, path, findings)
}

/** `startupProbe`, `readinessProbe` and `livenessProbe`. */
export const probe = object({
  exec: object({ command: required(list(text)) }),
  httpGet: object({
    path: text,
    port: required(portReference),
    host: text,
    scheme: oneOf('HTTP', 'HTTPS'),
    httpHeaders: list(object({ name: required(text), value: required(text) })),
  }),
  tcpSocket: object({ port: required(portReference), host: text }),
  grpc: refused('grpc probes are not supported by pod-runner (hint: exec, httpGet or tcpSocket)'),
  initialDelaySeconds: integer,
  periodSeconds: integer,
  timeoutSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer,
})
export type Probe = Of<typeof probe>
