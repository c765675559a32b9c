import { at, type KubernetesObject, listAt, textAt } from './object.ts'

/**
 * The ready endpoints of an EndpointSlice, each Pod once however many slices (IPv4 and IPv6, ports) it stands in. An
 * unknown state counts as ready, as the API defines it (discovery.k8s.io/v1 EndpointConditions).
 */
export function readyEndpoints(slice: KubernetesObject): readonly string[] {
  return listAt(slice, 'endpoints')
    .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
    .map((endpoint) => textAt(endpoint, 'targetRef', 'uid') || String(listAt(endpoint, 'addresses')[0]))
}
