import { inject } from 'vitest'
import { ClusterClient } from './one-node/cluster-client.ts'

/** The cluster that set-up.ts has started for this run. */
export const cluster = new ClusterClient(inject('cluster'))
