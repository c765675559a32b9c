import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { kubernetesVersion } from './kube-program.ts'
import { memoryHierarchy } from './one-node/cgroup.ts'
import type { MemoryPeak } from './one-node/memory-peak.ts'

/** One init container of an example: what it has come to at most, of how much. */
export type MemoryRow = MemoryPeak & {
  readonly title: string
  readonly name: string
  readonly image: string
  readonly sidecar: boolean
}

const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(bytes % (1024 * 1024) === 0 ? 0 : 1)

/** Writes docs/memory.md. */
export function limitsPage(rows: readonly MemoryRow[]): void {
  const version = memoryHierarchy().endsWith('/memory') ? 1 : 2
  const cells = rows
    .toSorted((one, other) => one.title.localeCompare(other.title, 'en'))
    .map(({ title, name, image, sidecar, limit, bytes }) => {
      const tool = image.replace(/^initbox\//, '').replace(/:.*/, '')
      const role = sidecar ? `${name} (sidecar)` : name
      return `| ${title} | ${role} | ${tool} | ${mebibytes(bytes)} | ${mebibytes(limit)} |`
    })
  const text = `# What the examples take of their memory limits

Made by \`INITBOX_WRITE=1 npm test cluster -- test/cluster/examples.test.ts\`, which fails where a peak has come to its limit:
Kubernetes ${kubernetesVersion()}, cgroup version ${version}, ${cpus().length} × ${cpus()[0]?.model.trim()}.

The peak is what the kernel has counted for the container's own control group when it ended (of a sidecar: after its first result), in MiB:
memory, page cache and kernel together. Node's program was in the node's page cache already, as it is for every Pod but a node's first.
Of replicas the highest counts. The data of the examples are small; [docs/benchmarks](benchmarks) has the large ones.

| example | container | image | peak | limit |
|---|---|---|---:|---:|
${cells.join('\n')}
`
  writeFileSync(join(import.meta.dirname, '../../docs/memory.md'), text)
}
