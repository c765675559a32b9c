import { isIPv6 } from 'node:net'
import type { Service } from '../manifest/object-shapes.ts'

/**
 * The variables that the kubelet gives every container for a Service of its namespace (`BACKEND_SERVICE_HOST`,
 * `BACKEND_PORT_80_TCP_ADDR` …). Headless Services have none, and neither has one that selects no Pod of the file.
 */
export function serviceLinks(
  service: Pick<Service, 'metadata' | 'spec'>,
  address: string | undefined,
): readonly [string, string][] {
  const ports = service.spec.ports ?? []
  const [first] = ports
  if (service.spec.clusterIP === 'None' || address === undefined || first === undefined) return []
  const prefix = (service.metadata.name ?? '').toUpperCase().replaceAll('-', '_')
  const host = isIPv6(address) ? `[${address}]` : address
  const url = (port: number, protocol: string): string => `${protocol.toLowerCase()}://${host}:${port}`
  return [
    [`${prefix}_SERVICE_HOST`, address],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports
      .filter(({ name }) => name !== undefined)
      .map(({ name = '', port }): [string, string] => [
        `${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`,
        String(port),
      ]),
    [`${prefix}_PORT`, url(first.port, first.protocol ?? 'TCP')],
    ...ports.flatMap(({ port, protocol = 'TCP' }): [string, string][] => [
      [`${prefix}_PORT_${port}_${protocol}`, url(port, protocol)],
      [`${prefix}_PORT_${port}_${protocol}_PROTO`, protocol.toLowerCase()],
      [`${prefix}_PORT_${port}_${protocol}_PORT`, String(port)],
      [`${prefix}_PORT_${port}_${protocol}_ADDR`, address],
    ]),
  ]
}

/**
 * `KUBERNETES_SERVICE_HOST` …, which every container of a cluster has, `enableServiceLinks: false` or not. Nothing answers at their
 * address here, which RFC 5737 keeps free.
 */
export const apiServerLinks = serviceLinks(
  { metadata: { name: 'kubernetes' }, spec: { selector: {}, ports: [{ name: 'https', port: 443 }] } },
  '192.0.2.1',
)
