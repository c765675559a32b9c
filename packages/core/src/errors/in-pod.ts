import { existsSync } from 'node:fs'

/** Whether this is a container of a Pod: the kubelet mounts a file for the termination message, others do not. */
export function inPod(): boolean {
  return process.env['KUBERNETES_SERVICE_HOST'] !== undefined || existsSync('/dev/termination-log')
}
