import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { tool } from './tool.ts'

type Environment = Readonly<Record<string, string>>

const run = (flags: string, environment: Environment = {}) =>
  runToolWith(tool, flags === '' ? [] : flags.split(' '), environment)
const read = (path: string): string => readFileSync(path, 'utf8')

useVolume()

test('writes the IP that the Kubernetes documentation calls MY_POD_IP, and says so', async () => {
  expect(await run('--out ip.txt', { MY_POD_IP: '10.244.1.7' })).toMatchObject({
    code: 0,
    log: 'wrote ip.txt (10.244.1.7)',
  })
  expect(read('ip.txt')).toBe('10.244.1.7\n')
  expect(statSync('ip.txt').mode & 0o777).toBe(0o644)
})

test('a second run touches nothing and says so', async () => {
  await run('--out ip.txt', { POD_IP: '10.244.1.7' })
  const before = statSync('ip.txt')
  expect(await run('--out ip.txt', { POD_IP: '10.244.1.7' })).toMatchObject({
    log: 'wrote ip.txt (10.244.1.7), unchanged',
  })
  expect(statSync('ip.txt').ino).toBe(before.ino)
  expect(statSync('ip.txt').mtimeMs).toBe(before.mtimeMs)
})

test.each([
  ['any', '10.0.0.7'],
  ['4', '10.0.0.7'],
  ['6', 'fd00::7'],
  ['prefer-6', 'fd00::7'],
])('--family %s', async (family, address) => {
  await run(`--out ip.txt --family ${family}`, { POD_IP: '10.0.0.7', POD_IPS: '10.0.0.7,fd00::7' })
  expect(read('ip.txt')).toBe(`${address}\n`)
})

test('--family any and prefer-6 are content with what there is', async () => {
  expect(await run('--out ip.txt --family prefer-6', { POD_IP: '10.0.0.7' })).toMatchObject({ code: 0 })
  expect(await run('--out ip.txt --family any', { POD_IPS: 'fd00::7' })).toMatchObject({ code: 0 })
})

test('--from-env names another variable, and no other counts', async () => {
  await run('--out json:ip.json --from-env VIP', { VIP: 'FD00::0:9', POD_IP: '10.0.0.7', POD_IPS: '10.0.0.7' })
  expect(JSON.parse(read('ip.json'))).toMatchObject({ podIP: 'fd00::9', podIPs: ['fd00::9'] })
})

test('several files in one run, each with its format', async () => {
  const { log } = await run(
    '--out ip.txt --out json:a/ip.json --out hosts:hosts --out env-file:pod.env --host-name web',
    {
      POD_IP: 'fd00::7',
    },
  )
  expect(log).toBe('wrote ip.txt, a/ip.json, hosts, pod.env (fd00::7)')
  expect(read('hosts')).toBe('fd00::7\tweb\n')
  expect(read('pod.env')).toContain("POD_IP='fd00::7'\n")
  expect(JSON.parse(read('a/ip.json'))).toMatchObject({ podIP: 'fd00::7' })
})

test('--format is for files that name none', async () => {
  await run('--out ip.json --out plain:ip.txt --format json', { POD_IP: '10.0.0.7' })
  expect(JSON.parse(read('ip.json'))).toMatchObject({ podIP: '10.0.0.7' })
  expect(read('ip.txt')).toBe('10.0.0.7\n')
})

test('a template is the format of files that name none, unless one names it', async () => {
  writeFileSync('t', 'http://${POD_IP}/')
  await run('--out url --template-file t', { POD_IP: 'fd00::7' })
  expect(read('url')).toBe('http://[fd00::7]/')
  await run('--out ip.txt --out template:url --template-file t', { POD_IP: 'fd00::8' })
  expect(read('url')).toBe('http://[fd00::8]/')
  expect(read('ip.txt')).toBe('fd00::8\n')
})

test('labels and annotations of a downwardAPI volume are facts', async () => {
  mkdirSync('podinfo/..2026', { recursive: true })
  writeFileSync('podinfo/..2026/labels', 'app="web"\ntier="front"')
  writeFileSync('podinfo/annotations', String.raw`note="say \"hi\"\n"`)
  symlinkSync('..2026/labels', 'podinfo/labels')
  await run('--out json:pod.json --labels podinfo/labels --annotations podinfo/annotations', { POD_IP: '10.0.0.7' })
  expect(JSON.parse(read('pod.json'))).toMatchObject({
    labels: { app: 'web', tier: 'front' },
    annotations: { note: 'say "hi"\n' },
  })
})

test('a file of addresses is waited for, and what it is missing is told once', async () => {
  mkdirSync('cni')
  writeFileSync('cni/ips', '\n')
  const running = run('--out ip.txt --family 6 --from-file cni/ips')
  writeFileSync('cni/ips.new', '10.0.0.7, 10.0.0.8\nfd00::7\n')
  setTimeout(() => renameSync('cni/ips.new', 'cni/ips'), 300)
  expect(await running).toMatchObject({ code: 0, log: 'waiting: cni/ips is empty\nwrote ip.txt (fd00::7)' })
})

const fieldRef = (name: string, path: string): string =>
  `(hint: add to this container: env: [{name: ${name}, valueFrom: {fieldRef: {fieldPath: ${path}}}}])`

test.each<[code: number, flags: string, environment: Environment, log: string]>([
  [4, '--out f', {}, `error: POD_IP is not set ${fieldRef('POD_IP', 'status.podIP')}`],
  [4, '--out f', { MY_POD_IP: '' }, `error: MY_POD_IP is empty ${fieldRef('MY_POD_IP', 'status.podIP')}`],
  [4, '--out f --from-env VIP', { POD_IP: '10.0.0.7' }, `error: VIP is not set ${fieldRef('VIP', 'status.podIP')}`],
  [2, '--out f', { POD_IP: '10.0.0.300' }, 'error: POD_IP is not an IP address: "10.0.0.300"'],
  [
    2,
    '--out f',
    { POD_IP: '$(POD_IP)' },
    `error: POD_IP is the text $(POD_IP): Kubernetes replaced nothing in it ${fieldRef('POD_IP', 'status.podIP')}`,
  ],
  [
    4,
    '--out f',
    { MY_PODIP: '10.0.0.7' },
    'error: POD_IP is not set (hint: MY_PODIP is set, --from-env MY_PODIP takes it)',
  ],
  [
    2,
    '--out /dev/null',
    { POD_IP: '10.0.0.7' },
    "error: --out (WRITE_POD_IP_OUT) must not lie in /dev, which belongs to the kernel: '/dev/null' (hint: write-pod-ip --help lists the options)",
  ],
  [2, '--out f', { POD_IPS: '10.0.0.7,' }, 'error: POD_IPS is not an IP address: ""'],
  [2, '--out f', { POD_IP: '10.0.0.7', HOST_IP: 'node-1' }, 'error: HOST_IP is not an IP address: "node-1"'],
  [
    5,
    '--out f',
    { POD_IP: '127.0.0.1' },
    'error: POD_IP is a loopback address: 127.0.0.1 (hint: --allow-local takes it all the same)',
  ],
  [
    5,
    '--out f',
    { POD_IPS: '10.0.0.7,fe80::1' },
    'error: POD_IPS is a link-local address: fe80::1 (hint: --allow-local takes it all the same)',
  ],
  [5, '--out f --allow-local', { POD_IP: '0.0.0.0' }, 'error: POD_IP is an unspecified address: 0.0.0.0'],
  [5, '--out f --allow-local', { POD_IP: '::ffff:10.0.0.7' }, 'error: POD_IP is an IPv4-mapped address: ::ffff:a00:7'],
  [
    4,
    '--out f --family 6',
    { POD_IP: '10.0.0.7' },
    `error: the Pod has no IPv6 address in POD_IP: 10.0.0.7 (hint: POD_IP is the first address only; ${fieldRef('POD_IPS', 'status.podIPs').slice(7)}`,
  ],
  [
    4,
    '--out f --expect-dual-stack',
    { POD_IPS: 'fd00::7' },
    'error: the Pod has no IPv4 address in POD_IPS: fd00::7 (hint: the cluster, the node or the Pod is single-stack)',
  ],
  [
    4,
    '--out f --labels none',
    { POD_IP: '10.0.0.7' },
    'error: cannot read none: there is no such file (hint: /init is empty, is the right volume mounted there?)',
  ],
  [
    4,
    '--out hosts:f',
    { POD_IP: '10.0.0.7' },
    `error: a hosts entry needs a name: POD_NAME is not set (hint: give --host-name, or ${fieldRef('POD_NAME', 'metadata.name').slice(7)}`,
  ],
  [
    5,
    '--out ok --out f --template ${NO}',
    { POD_IP: '10.0.0.7' },
    'error: cannot render --template: line 1, column 1: NO is not set (hint: set it under env:, or write ${NAME:-default})',
  ],
  [
    124,
    '--out f --from-file none --timeout 20ms',
    {},
    'waiting: cannot read none: there is no such file\nerror: gave up after 20 ms: cannot read none: there is no such file (hint: /init is empty, is the right volume mounted there?)',
  ],
])('exit %i of %s with %j', async (code, flags, environment, log) => {
  const ended = await run(flags, environment)
  expect({ code: ended.code, log: ended.log.replaceAll(process.cwd(), '/init') }).toEqual({ code, log })
  expect(volumeEntries()).toEqual([])
})

test.each([
  ['', '--out (WRITE_POD_IP_OUT) is missing'],
  ['--out ../f', "--out (WRITE_POD_IP_OUT) must not contain '..': '../f'"],
  [
    '--out yaml:f',
    "--out (WRITE_POD_IP_OUT) must begin with one of plain, json, env, env-file, hosts, properties, template, not 'yaml:' (./yaml:f is a file called so)",
  ],
  ['--out json:', '--out (WRITE_POD_IP_OUT) must not be empty'],
  ['--out f --format xml', '--format (WRITE_POD_IP_FORMAT)'],
  ['--out f --out json:./f', '--out f is given twice'],
  ['--out f --format template', 'the format template needs --template or --template-file'],
  ['--out json:f --template x', '--template is given, but no output has that format'],
  ['--out f --template x --template-file y', '--template and --template-file exclude each other'],
  ['--out f --from-env A --from-file b', '--from-env and --from-file exclude each other'],
  ['--out hosts:f --host-name a_b', '--host-name (WRITE_POD_IP_HOST_NAME) must be a host name, not "a_b"'],
  ['--out f --family 5', '--family (WRITE_POD_IP_FAMILY)'],
  ['--out f --mode 0999', '--mode (WRITE_POD_IP_MODE)'],
  ['--out f --bogus', 'unknown flag --bogus'],
  ['--out f out', "unexpected argument 'out'"],
])('exit 2 of %j', async (flags, problem) => {
  const { code, log } = await run(flags, { POD_IP: '10.0.0.7' })
  expect(log).toContain(problem)
  expect(log).not.toContain('\n')
  expect(code).toBe(2)
  expect(volumeEntries()).toEqual([])
})

test('--allow-local takes loopback', async () => {
  expect(await run('--out f --allow-local', { POD_IP: '::1' })).toMatchObject({ code: 0, log: 'wrote f (::1)' })
})

test('malformed files are refused and nothing is written', async () => {
  writeFileSync('ips', 'ten')
  writeFileSync('labels', 'web')
  chmodSync('ips', 0o644)
  expect(await run('--out f --from-file ips')).toMatchObject({ code: 2, log: 'error: ips is not an IP address: "ten"' })
  expect(await run('--out f --labels labels', { POD_IP: '10.0.0.7' })).toMatchObject({
    code: 5,
    log: expect.stringContaining('error: cannot read labels: line 1 is not key="value" (hint: '),
  })
  expect(await run('--out labels/f', { POD_IP: '10.0.0.7' })).toMatchObject({ code: 6 })
  expect(volumeEntries()).toEqual(['ips', 'labels'])
})

test('--out - is stdout, beside files', async () => {
  expect(await run('--out - --out json:pod.json', { POD_IP: '10.244.1.7' })).toEqual({
    code: 0,
    log: 'wrote stdout, pod.json (10.244.1.7)',
    output: '',
  })
  expect(volumeEntries()).toEqual(['pod.json'])
})

test('a POD_IP that is none of POD_IPS is said', async () => {
  const { code, log } = await run('--out f', { POD_IP: '10.0.0.9', POD_IPS: '10.0.0.7,fd00::7' })
  expect(code).toBe(0)
  expect(log).toContain('warning: POD_IP 10.0.0.9 is not among POD_IPS 10.0.0.7, fd00::7')
})
