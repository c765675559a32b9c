import { rmSync, writeFileSync } from 'node:fs'
import { withDockerEngine } from '@initbox/engine/docker-engine'
import { say } from '@initbox/engine/say'
import { withCluster } from './set-up.ts'

// A cluster that goes on between runs of the ring, until Ctrl-C: node test/cluster/keep.ts FILE, then INITBOX_CLUSTER=FILE npm test cluster.
const [file = 'cluster.json'] = process.argv.slice(2)
await withDockerEngine(({ signal }) =>
  withCluster(async (place) => {
    writeFileSync(file, JSON.stringify(place))
    const { folder, holder, program } = place
    say(`kubectl: nsenter --target=${holder} --net --mount ${program} kubectl --kubeconfig=${folder}/admin.conf`)
    // Waiting for a signal alone does not keep Node running.
    const alive = setInterval(() => {}, 60_000)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    clearInterval(alive)
    rmSync(file)
  }),
)
