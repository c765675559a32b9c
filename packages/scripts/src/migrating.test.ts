import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { manifestProblems } from '../../pod-runner/src/manifest/parse.ts'
import { schemaViolations } from '../../pod-runner/src/policy/kubernetes-schema.ts'

// What markdown.test.ts says of every page holds here too: the tools know their options. README.md beside the pages lists them.

const folder = join(root, 'docs/migrating')
const pages = readdirSync(folder).filter((name) => name !== 'README.md')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

type Spec = { readonly initContainers: readonly { readonly volumeMounts?: readonly { readonly name: string }[] }[] }

/** What stands under "after", and under "before", on a page. */
function blocks(page: string, marker: 'run by' | 'not run'): string[] {
  const all = read(page).matchAll(/^<!-- (run by|not run).* -->\n```yaml\n([\s\S]*?)^```$/gm)
  return [...all].flatMap(([, kind, yaml = '']) => (kind === marker ? [yaml] : []))
}

test('README.md lists all pages', () => {
  const listed = [...read('README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name)
  expect(listed.toSorted()).toEqual(pages.toSorted())
})

test.each(pages)('%s: each "before" is YAML and has an "after"', (page) => {
  const [before, after] = [blocks(page, 'not run'), blocks(page, 'run by')]
  expect(before.length).toBeGreaterThan(0)
  expect(after.length).toBe(before.length)
  for (const yaml of before) expect(parse(yaml)).toBeTypeOf('object')
})

test.each(pages.flatMap((page) => blocks(page, 'run by').map((yaml, index) => [page, index, yaml] as const)))(
  '%s, "after" %i: fits the Kubernetes schema, and pod-runner understands it',
  (_, __, yaml) => {
    const spec: Spec = parse(yaml)
    const mounted = spec.initContainers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
    const volumes = [...new Set(mounted)].map((name) => ({ name, emptyDir: {} }))
    const containers = [{ name: 'app', image: 'initbox/write-pod-ip:dev' }]
    const pod = stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'after' },
      spec: { containers, volumes, ...spec },
    })
    expect(schemaViolations(pod)).toEqual([])
    const elsewhere = /there is no (Secret|ConfigMap|ServiceAccount) /
    expect(manifestProblems(pod).filter((problem) => !elsewhere.test(problem))).toEqual([])
  },
)
