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

/**
 * Every long option of the left column was looked up in the peer's source: wait4x 0715134 (internal/cmd), git-sync e2be7fa (main.go). The
 * annotations of vault-k8s fbc5b1f stand in agent-inject/agent/annotations.go. A new word here is looked up there before it is added.
 */
const peers: Readonly<Record<string, string>> = {
  'wait4x.md': `backoff-policy expect-body-json expect-body-regex expect-body-xpath expect-header expect-ip expect-status-code
    expect-table insecure-skip-tls-verify interval invert-check request-header timeout`,
  'git-sync.md': `depth exechook-command github-app-application-id http-bind http-metrics link one-time password-file period ref repo root
    sparse-checkout-file ssh-key-file ssh-known-hosts-file submodules touch-file username webhook-url`,
  'vault-agent.md': `agent-inject agent-inject-command agent-inject-perms- agent-inject-secret- agent-inject-template-
    agent-pre-populate-only agent-run-as-user auth-path ca-cert namespace role secret-volume-path tls-secret`,
}

/** What a page says of the other tool: its options, or for Vault Agent the annotations. */
function written(page: string): string[] {
  const before = blocks(page, 'not run').join('')
  const cells = [...read(page).matchAll(/^\| (`.*?) \| /gm)].map(([, cell = '']) => cell)
  const found =
    page === 'vault-agent.md'
      ? [
          ...before.matchAll(/vault\.hashicorp\.com\/([\w-]+)/g),
          ...cells.flatMap((cell) => (cell.includes('…') ? [] : [...cell.matchAll(/`([\w-]+)/g)])),
        ]
      : [...[before, ...cells].join('\n').matchAll(/(?<![\w-])--([a-z][\w-]*)/g)]
  return found.map(([, name = '']) => name)
}

test.each(Object.entries(peers))('%s: what it says of the other tool is in its source', (page, names) => {
  const known = names.split(/\s+/)
  const isKnown = (name: string): boolean =>
    known.some(
      (each) =>
        each === name || (each.endsWith('-') && name.startsWith(each)) || (name.endsWith('-') && each.startsWith(name)),
    )
  expect(written(page).length).toBeGreaterThan(5)
  expect(written(page).filter((name) => !isKnown(name))).toEqual([])
})
