import { expect, inject, test } from 'vitest'
import { leftovers, namespacesOf, stillUsed } from './one-node/leftovers.ts'
import { Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

// set-up.ts asks the same once more when the ring is over, and wants nothing: here is that it would find it.
test('while the cluster runs its processes, mounts, control groups and folder are found, and all its networks', async () => {
  // A Pod has mounts of its own.
  await using namespace = await Namespace.make(cluster, {})
  await namespace.apply(`apiVersion: v1
kind: Pod
metadata: {name: stays}
spec:
  containers: [{name: main, image: busybox:1.37, command: [sleep, '600']}]
  terminationGracePeriodSeconds: 0`)
  await namespace.untilReady('stays')
  const { name, folder } = inject('cluster')
  const found = (await leftovers(name, folder)).join('\n')
  for (const part of ['apiserver', 'kubelet', 'containerd', 'proxy', 'dns'])
    expect(found).toMatch(new RegExp(`^process \\d+: .*${part}`, 'm'))
  expect(found).toMatch(new RegExp(`^mount ${folder}/`, 'm'))
  expect(found).toMatch(new RegExp(`^control group /sys/fs/cgroup/.*${name}$`, 'm'))
  expect(found).toContain(`folder ${folder}`)
  const namespaces = namespacesOf(name)
  expect(namespaces.size).toBeGreaterThan(2)
  expect(stillUsed(namespaces)).not.toEqual([])
})

test('the machine keeps its own network meanwhile', async () => {
  const { name, folder } = inject('cluster')
  expect((await leftovers(name, folder)).filter((each) => /^(network interface|firewall rule)/.test(each))).toEqual([])
})
