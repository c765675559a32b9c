import { makeCertificate } from '@initbox/testing/certificate'
import type { ClusterClient } from './one-node/cluster-client.ts'
import type { Namespace } from './one-node/namespace.ts'
import type { Place } from './place.ts'
import { commitPage, vaultCa } from './servers.ts'

/** What one manifest, or those that belong together, must reach on a real cluster. */
export type Example = {
  readonly files: readonly string[]
  /** Where a file says `default`; else a namespace of its own. */
  readonly namespace?: 'default'
  /** Servers of the folder servers that the example finds beside it. */
  readonly beside?: readonly string[]
  /** What is done with those first. */
  readonly prepare?: (beside: Place) => Promise<void>
  readonly before?: (namespace: Namespace, cluster: ClusterClient) => Promise<void>
  /** Placeholders of the file, and what is here in their place; all else is applied as it stands. */
  readonly replace?: Readonly<Record<string, string>>
  /** A Pod's name; or labels, and how many Pods have them. */
  readonly pod: string | readonly [labels: string, count: number]
  /** Instead of being ready: these containers end with 0, and the Pod has succeeded. */
  readonly succeeds?: boolean
  /** Termination messages of containers that have ended with 0. */
  readonly messages: Readonly<Record<string, RegExp>>
  readonly page?: readonly [path: string, text: RegExp]
  /** What a command in a Pod prints. */
  readonly asked?: readonly [pod: string, command: readonly string[], answer: string]
  readonly after?: (namespace: Namespace, cluster: ClusterClient) => Promise<void>
}

const git = {
  'https://git.example.com/owner/site.git': 'http://git.servers:8080/private/site.git',
  'token: change-me': 'token: secret',
}
const files = { 'http://files.example/': 'http://files.servers:8080/' }
const aws = {
  '{name: AWS_REGION, value: eu-central-1}': [
    'AWS_REGION',
    'eu-central-1',
    'AWS_ENDPOINT_URL',
    'http://moto.servers:5000',
  ]
    .concat('AWS_ACCESS_KEY_ID', 'a', 'AWS_SECRET_ACCESS_KEY', 'b')
    .flatMap((name, index, all) => (index % 2 === 0 ? [`{name: ${name}, value: "${all[index + 1]}"}`] : []))
    .join('\n        - '),
}
const psql = (query: string): readonly string[] => [
  'env',
  'PGPASSWORD=change-me',
  'psql',
  '-U',
  'app',
  '-h',
  '127.0.0.1',
  '-tAc',
  query,
]
const redis = (...words: readonly string[]): readonly string[] => [
  'redis-cli',
  '--no-auth-warning',
  '-a',
  'change-me',
  ...words,
]
const indented = (text: string): string => `|\n${text.trim().replaceAll(/^/gm, '    ')}`
const { cert, key, remove } = makeCertificate({ name: 'plugins' })
remove()

export const examples: readonly Example[] = [
  {
    files: ['web-server/pod.yaml'],
    pod: 'web',
    messages: {
      'wait-for-api': /^http api:8080: ready/,
      'write-pod-ip': /10\.85\.\d+\.\d+/,
      'render-page': /index\.html/,
    },
    page: ['/', /Your Pod IP is: 10\.85\.\d+\.\d+</],
  },
  {
    files: ['configuration/pod.yaml'],
    pod: 'proxy',
    messages: { render: /default\.conf/, 'wait-for-upstream': /ready/ },
    page: ['/', /^hello from the api\n$/],
  },
  {
    files: ['network/deployment.yaml'],
    pod: ['app=peer', 2],
    messages: { facts: /pod\.json/, connections: /^3 targets ready/ },
    page: ['/pod.json', /"podIP": ?"10\.85\./],
  },
  {
    files: ['waiting-for-services/pod.yaml'],
    pod: 'shop',
    messages: { 'wait-for-services': /^3 targets ready in .*: redis cache:6379, http api:8080, file / },
  },
  {
    files: ['waiting-for-services/job.yaml', 'database-schema/database.yaml'],
    namespace: 'default',
    pod: 'web',
    messages: { 'wait-for-job': /complete/ },
    asked: ['db', psql("SELECT to_regclass('users')"), 'users'],
  },
  {
    files: ['database-schema/database.yaml', 'database-schema/deployment.yaml'],
    pod: ['app=web', 3],
    messages: { 'migrate-schema': /./ },
    asked: ['db', psql('SELECT count(*), max(accounts) FROM accounts_by_day'), '1|2'],
  },
  {
    files: ['database-schema/database.yaml', 'database-schema/job-and-wait.yaml'],
    pod: ['app=web', 3],
    messages: { 'migrate-schema': /./ },
    asked: ['db', psql('SELECT email FROM accounts ORDER BY id LIMIT 1'), 'ada@example.org'],
  },
  {
    files: ['warm-cache/services.yaml', 'warm-cache/deployment.yaml'],
    pod: ['app=shop', 3],
    messages: { 'warm-redis': /./ },
    asked: ['cache', redis('GET', 'product:2'), '{"id":"2","name":"Cup, small","price":"6.50"}'],
  },
  {
    files: ['warm-cache/services.yaml', 'warm-cache/from-postgres.yaml'],
    pod: ['app=shop', 3],
    messages: { 'migrate-schema': /./, 'warm-redis': /./ },
    asked: ['cache', redis('HGET', 'product:1000', 'name'), 'Product 1000'],
  },
  {
    files: ['git-content/pod.yaml'],
    replace: git,
    pod: 'content',
    messages: { clone: /^cloned main at [\da-f]{12} of http:.*\/private\/site\.git to html/ },
    page: ['/', /<p>.*<\/p>/],
  },
  {
    files: ['sidecar-git-sync/pod.yaml'],
    replace: { ...git, '--watch, 30s': '--watch, 1s' },
    pod: 'git-sync',
    messages: {},
    page: ['/', /<p>.*<\/p>/],
    after: async (namespace, cluster) => {
      await commitPage(cluster, '<p>another commit</p>')
      await namespace.until('the new commit', async () => (await namespace.page('git-sync')).includes('another commit'))
    },
  },
  {
    files: ['dataset/pod.yaml'],
    replace: files,
    pod: 'dataset',
    succeeds: true,
    messages: { fetch: /sha256 verified/ },
  },
  { files: ['dataset/two-step.yaml'], replace: files, pod: 'dataset', succeeds: true, messages: {} },
  {
    files: ['dataset/watch.yaml'],
    replace: files,
    pod: ['batch.kubernetes.io/job-name=dataset', 1],
    succeeds: true,
    messages: { fetch: /./ },
  },
  {
    files: ['dataset/s3-model.yaml'],
    replace: aws,
    pod: 'model',
    succeeds: true,
    messages: { fetch: /2 files/, app: /ready/ },
  },
  {
    files: ['aws-secret/pod.yaml'],
    replace: aws,
    pod: 'shop',
    messages: { 'fetch-secret': /./ },
    asked: ['shop', ['cat', '/run/secrets/shop/db-password'], 'from-aws'],
  },
  {
    files: ['vault-secret/pod.yaml'],
    namespace: 'default',
    before: (namespace, cluster) => vaultCa(cluster, namespace),
    pod: 'web',
    messages: { 'fetch-secret': /./ },
    asked: ['web', ['cat', '/run/secrets/web/password'], 'from-vault'],
  },
  {
    files: ['vault-secret/sidecar.yaml'],
    namespace: 'default',
    before: (namespace, cluster) => vaultCa(cluster, namespace),
    pod: 'web',
    messages: {},
    asked: ['web', ['grep', '-c', '=', '/run/secrets/web/db.env'], '2'],
  },
  {
    files: ['sidecar-secrets/pod.yaml'],
    beside: ['vault-plain'],
    prepare: async (beside) => {
      await beside.untilReady('vault')
      const commands = `
bao kv put -mount=secret web password=first
printf 'path "secret/data/web" { capabilities = ["read"] }' | bao policy write web -
bao auth enable approle
bao write auth/approle/role/web token_policies=web token_ttl=20m role_id=ROLE-ID
bao write auth/approle/role/web/custom-secret-id secret_id=SECRET-ID`
      await beside.exec('vault', 'sh', '-ec', commands)
    },
    replace: { '--watch=5m': '--watch=1s' },
    pod: 'web',
    messages: {},
    asked: ['web', ['cat', '/run/secrets/web/htpasswd'], 'web:{PLAIN}first'],
    after: async (namespace) => {
      await namespace.exec('vault', 'bao', 'kv', 'put', '-mount=secret', 'web', 'password=second')
      await namespace.until('the new password', async () =>
        (await namespace.exec('web', 'cat', '/run/secrets/web/htpasswd')).includes('second'),
      )
    },
  },
  {
    files: ['sidecar-logs/pod.yaml'],
    beside: ['logs'],
    pod: 'web',
    messages: { configure: /rsyslog\.conf/, 'wait-for-collector': /ready/ },
    after: async (namespace) => {
      await namespace.page('web', '/shipped')
      await namespace.until('the line at the collector', async () =>
        (await namespace.logs('logs', 'logs')).includes('GET /shipped'),
      )
    },
  },
  {
    files: ['security-checks/pod.yaml'],
    replace: {
      '  tls.crt: change-me': `  tls.crt: ${indented(cert)}`,
      '  tls.key: change-me': `  tls.key: ${indented(key)}`,
    },
    pod: 'shop',
    messages: { 'check-certificate': /ready/, 'fetch-plugin': /./ },
    page: ['/plugin.js', /^export const plugin = 'checked'\n$/],
  },
  {
    files: ['known-vulnerabilities/pod.yaml'],
    pod: 'shop',
    messages: { 'check-vulnerabilities': /^no known vulnerability of high or worse in 1 package \(1 accepted\)/ },
    page: ['/findings.json', /"judgement": "excepted"/],
  },
  {
    files: ['environment-set-up/pod.yaml'],
    pod: 'shop',
    messages: { prepare: /./ },
    page: ['/', /the shop is open/],
  },
  {
    files: ['custom-script/pod.yaml'],
    pod: 'custom',
    messages: { setup: /html\/settings\.json/ },
    page: ['/settings.json', /"zone":"eu-1"/],
  },
  {
    files: ['reference/pod.yaml'],
    pod: 'reference',
    messages: { facts: /pod\.env/, check: /./ },
    // fileKeyRef: the variable of a file that an init container wrote.
    asked: ['reference', ['sh', '-c', 'case "$IP" in 10.85.*) echo yes;; esac'], 'yes'],
  },
  {
    files: ['kustomize/sample'],
    pod: ['app=web', 1],
    messages: { 'wait-for': /ready/, 'write-pod-ip': /./, 'render-template': /./ },
    page: ['/', /Your Pod IP is 10\.85\.\d+\.\d+<\/p>/],
  },
]
