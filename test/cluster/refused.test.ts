import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusedSpecs } from '../../packages/pod-runner/src/manifest/refused-pods.ts'
import { Namespace } from './one-node/namespace.ts'
import { cluster } from './this-cluster.ts'

let namespace: Namespace
beforeAll(async () => {
  namespace = await Namespace.make(cluster, {})
})
afterAll(() => namespace?.[Symbol.asyncDispose]())

test.each(Object.entries(refusedSpecs))('%s is refused by the API server, as pod-runner does', async (_, spec) => {
  const pod = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {${spec}}}`
  await expect(namespace.apply(pod)).rejects.toThrow(
    /is invalid|cannot be handled|Invalid value|unmarshal|unknown field/,
  )
})
