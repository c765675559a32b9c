import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { toolNames } from '@initbox/build'
import { beforeAll, expect, test } from 'vitest'
import { containerOf, isReady, Namespace } from './one-node/namespace.ts'
import { startServers } from './servers.ts'
import { cluster } from './this-cluster.ts'

const examples = join(import.meta.dirname, '../../examples')

/** Every tool with something to do, one after the other in one volume. */
const steps: Readonly<
  Record<string, { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }>
> = {
  'wait-for': {
    args: ['postgres://db:5432', 'redis://cache:6379?password-env=REDIS_PASSWORD', '--timeout=2m'],
    env: { REDIS_PASSWORD: 'change-me' },
  },
  'prepare-volume': { args: ['--folder=cache:0770', '--copy=/config/* -> conf', '--link=current -> conf'] },
  'write-pod-ip': { args: ['--out=ip.txt'] },
  'render-template': { args: ['--template=at ${file:ip.txt}', '--out=page.txt'] },
  'fetch-secret': { args: ['db.env=file:///config/db.json#format=env-file'] },
  'fetch-file': { args: ['data=http://files.servers:8080/dataset.zip#unpack&sha256-from=SHA256SUMS'] },
  'git-clone': { args: ['http://git.servers:8080/site.git', '--ref=main'] },
  'migrate-schema': { args: ['up', '--dir=/config'], env: { DATABASE_URL: 'postgres://shop:change-me@db/shop' } },
  'warm-redis': {
    args: ['--in=/config/products.csv', '--key=product:${id}'],
    env: { REDIS_URL: 'redis://cache:6379', REDIS_PASSWORD: 'change-me' },
  },
  'check-vulnerabilities': { args: ['/config/package-lock.json', '--osv-dir=/osv'] },
}

/** As OpenShift gives it: a user and a group that no image knows, and the same group for the volumes. */
const identity = { runAsUser: 1_000_690_000, fsGroup: 1_000_690_000 }
const securityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
const config = {
  'V1__products.sql': 'CREATE TABLE products (id int)',
  'products.csv': 'id,name\n1,Teapot\n2,Cup\n',
  'db.json': '{"password":"of a file"}',
  'package-lock.json':
    '{"lockfileVersion":3,"packages":{"":{"name":"shop"},"node_modules/react":{"version":"19.2.0"}}}',
}
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop' },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, ...identity, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: Object.entries(steps).map(([tool, { args, env = {} }]) => ({
      name: tool,
      image: `initbox/${tool}:dev`,
      args,
      env: [
        ...Object.entries(env).map(([name, value]) => ({ name, value })),
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      ],
      volumeMounts: ['init', 'config', 'osv'].map((name) => ({ name, mountPath: `/${name}` })),
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
      securityContext,
    })),
    containers: [
      {
        name: 'app',
        image: 'busybox:1.37',
        command: ['sleep', '600'],
        volumeMounts: [{ name: 'init', mountPath: '/init', readOnly: true }],
        securityContext,
      },
    ],
    volumes: [
      { name: 'init', emptyDir: {} },
      { name: 'config', configMap: { name: 'config' } },
      { name: 'osv', configMap: { name: 'osv' } },
    ],
  },
}

beforeAll(() => startServers(cluster))

test('every tool runs as a user that no image knows, and once more in the sandbox that follows one that died', async () => {
  expect(Object.keys(steps).toSorted()).toEqual(toolNames().toSorted())
  await using namespace = await Namespace.make(cluster)
  const data = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config' }, data: config }
  await namespace.kubectl('create', 'configmap', 'osv', `--from-file=${join(examples, 'known-vulnerabilities/osv')}`)
  const servers = readFileSync(join(examples, 'warm-cache/services.yaml'), 'utf8')
  await namespace.apply(servers, JSON.stringify(data), JSON.stringify(pod))

  /** All have ended well; what the application sees of it. */
  const seen = async (starts: number): Promise<{ ip: string; files: string }> => {
    await namespace.until(`start ${starts}`, async () => {
      const now = await namespace.pod('shop')
      const restarts = toolNames().map((tool) => containerOf(now, tool)?.restartCount)
      return isReady(now) && restarts.every((count) => count === starts - 1)
    })
    const now = await namespace.pod('shop')
    for (const tool of toolNames())
      expect([tool, containerOf(now, tool)?.state.terminated]).toMatchObject([tool, { exitCode: 0 }])
    const command =
      'cd /init && cat page.txt && echo && find . -type f ! -path "*/.*" -exec stat -c "%a %u:%g %n" {} + | sort'
    const [ip = '', ...files] = (await namespace.exec('shop', 'sh', '-c', command)).split('\n')
    expect(ip).toContain(`at ${now.status.podIP}`)
    return { ip, files: files.join('\n') }
  }
  const first = await seen(1)
  expect(first.files).toMatch(/^440 1000690000:1000690000 \.\/db\.env$/m)
  expect(first.files).toMatch(/^644 1000690000:1000690000 \.\/site\/public\/index\.html$/m)
  await cluster.killSandbox((await namespace.pod('shop')).metadata.uid)
  const second = await seen(2)
  expect(second.ip).not.toBe(first.ip)
  expect(second.files).toBe(first.files)
  const count = [
    'psql',
    '-U',
    'shop',
    '-h',
    '127.0.0.1',
    '-tAc',
    "SELECT count(*) FROM pg_class WHERE relname = 'products'",
  ]
  expect(await namespace.exec('db', 'env', 'PGPASSWORD=change-me', ...count)).toBe('1')
})
