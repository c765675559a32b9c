import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { podSpec } from './pod-shape.ts'
import { readYaml } from './read-yaml.ts'
import { fieldNames, isRecord } from './shape.ts'

const pods = new URL('../../../../test/cluster/pods/', import.meta.url).pathname

/** What no Pod of the corpus can have. */
const impossible: Readonly<Record<string, string>> = {
  overhead: 'a RuntimeClass gives it',
}

test('each field has a Pod in test/cluster/pods, where a kubelet and pod-runner are compared', () => {
  const used = new Set(
    globSync(`${pods}*.yaml`).flatMap((file) => {
      const [pod] = readYaml(readFileSync(file, 'utf8'))
      return namesIn(pod?.['spec'])
    }),
  )
  expect(used.size).toBeGreaterThan(100)
  const missing = fieldNames(podSpec)
    .map(alike)
    .filter((name) => !used.has(name) && !(name in impossible))
  expect([...new Set(missing)]).toEqual([])
})

/** An init container is a container, a probe is done like another or like a hook, and a source of a volume is alone or projected. */
function alike(name: string): string {
  return name
    .replace('initContainers', 'containers')
    .replace(/(startup|readiness|liveness)Probe\.|lifecycle\.(postStart|preStop)\./, 'probe.')
    .replace('projected.sources[].', '')
}

function namesIn(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => namesIn(each, `${path}[]`))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, below]) => {
    const at = path === '' ? key : `${path}.${key}`
    return [alike(at), ...namesIn(below, at)]
  })
}
