/** What the kubelet reads of the file that a container left: its last 4,096 bytes, as they are (k8s.io/kubernetes/pkg/kubelet/container). */
export function messageOf(file: Buffer): string {
  return file.subarray(-4_096).toString()
}

/** What of it becomes part of the status: the beginning, so that all containers of a Pod together have 12,288 bytes (normalizeStatus). */
export function shareOf(message: string, containers: number): string {
  const bytes = Buffer.from(message)
  const share = Math.floor(12_288 / containers)
  return bytes.length <= share ? message : bytes.subarray(0, share).toString()
}
