export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}
export type Kind = 'configmap' | 'daemonset' | 'deployment' | 'endpointslice' | 'job' | 'pod' | 'statefulset' | 'widget'
type Metadata = { readonly labels?: Readonly<Record<string, string>> }
type More = Metadata & { readonly addressType?: string; readonly addresses?: readonly string[] }

const containers = [{ name: 'c', image: 'i' }]
const podLabels = { app: 'x' }
const template = { metadata: { labels: podLabels }, spec: { containers } }
const selector = { matchLabels: podLabels }
const metadata = (name: string, more: Metadata = {}) => ({ ...more, name, namespace: 'web' })

/** What the tests wait for: manifests by kind, each in the namespace `web`. */
export const manifests: Readonly<Record<Kind, (name: string, more?: More) => Manifest>> = {
  job: (name: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(name),
    spec: { template: { ...template, spec: { containers, restartPolicy: 'Never' } } },
  }),
  pod: (name: string, more: More = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, more),
    spec: { containers },
  }),
  deployment: (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(name),
    spec: { replicas: 3, selector, template },
  }),
  statefulset: (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(name),
    spec: { replicas: 2, selector, template, serviceName: name },
  }),
  daemonset: (name: string) => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(name),
    spec: { selector, template },
  }),
  /** Of the Service `api`, with two ready Pods and one that is not. */
  endpointslice: (name: string, { addressType = '', addresses = [] }: More = {}) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(name, { labels: { 'kubernetes.io/service-name': 'api' } }),
    addressType,
    endpoints: [
      ...addresses.map((address, index) => ({
        addresses: [address],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: `api-${index}`, namespace: 'web', uid: `u${index}` },
      })),
      { addresses: [addressType === 'IPv4' ? '10.1.0.9' : 'fd00::9'], conditions: { ready: false } },
    ],
    ports: [{ name: 'http', port: 8080 }],
  }),
  configmap: (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(name),
    data: { mode: 'fast' },
  }),
  widget: (name: string) => ({ apiVersion: 'example.org/v1', kind: 'Widget', metadata: metadata(name) }),
}

/** Of the widgets. */
export const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wi'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
