import { expect, test } from 'vitest'
import type { ContainerState, ContainerStatus, PodStatus, Termination } from '../kubelet/status.ts'
import { parseManifest } from '../manifest/parse.ts'
import { age } from './age.ts'
import { describePod } from './describe.ts'
import { LogPrinter } from './log-printer.ts'
import { podTable } from './pod-table.ts'
import { summarise } from './status-word.ts'
import { timeline } from './timeline.ts'

const ran = (from: number, to: number, exitCode = 0, message = ''): Termination => ({
  exitCode,
  message,
  error: '',
  reason: exitCode === 0 ? 'Completed' : 'Error',
  startedAt: from,
  finishedAt: to,
})
const waiting = (reason: string): ContainerState => ({ kind: 'waiting', reason, message: '' })
const running: ContainerState = { kind: 'running', startedAt: 4_000 }

function container(
  name: string,
  role: ContainerStatus['role'],
  state: ContainerState,
  ended: readonly Termination[] = [],
): ContainerStatus {
  const isRunning = state.kind === 'running'
  return {
    name,
    role,
    state,
    ended,
    image: `${name}:1`,
    restartCount: Math.max(0, ended.length - 1),
    started: isRunning,
    ready: isRunning,
  }
}
const done = (name: string, role: ContainerStatus['role'], ...ended: Termination[]): ContainerStatus =>
  container(name, role, { kind: 'terminated', ...(ended.at(-1) ?? ran(0, 0)) }, ended)

function pod(containers: readonly ContainerStatus[], changes: Partial<PodStatus> = {}): PodStatus {
  return {
    name: 'web',
    namespace: 'default',
    phase: 'Pending',
    reason: '',
    message: '',
    ready: false,
    terminating: false,
    facts: { podIps: ['10.0.0.7'], hostIps: ['10.0.0.1'], nodeName: 'node', allocatable: { cpus: 1, memory: 1 } },
    startedAt: 0,
    containers,
    events: [],
    ...changes,
  }
}

const first = done('first', 'init', ran(1_000, 2_000))
const main = container('main', 'main', running)
const unborn = container('main', 'main', waiting('PodInitializing'))

test.each<[string, PodStatus, string, string]>([
  ['init is running', pod([first, container('b', 'init', running), unborn]), 'Init:1/2', '0/1'],
  ['init has failed', pod([done('a', 'init', ran(0, 1, 3)), unborn], { phase: 'Failed' }), 'Init:Error', '0/1'],
  ['init waits', pod([container('a', 'init', waiting('CrashLoopBackOff')), unborn]), 'Init:CrashLoopBackOff', '0/1'],
  ['init is done', pod([first, unborn]), 'PodInitializing', '0/1'],
  ['all is well', pod([first, main], { phase: 'Running', ready: true }), 'Running', '1/1'],
  [
    'a sidecar counts',
    pod([container('s', 'sidecar', running), main], { phase: 'Running', ready: true }),
    'Running',
    '2/2',
  ],
  [
    'main crashes',
    pod([container('m', 'main', waiting('CrashLoopBackOff'))], { phase: 'Running' }),
    'CrashLoopBackOff',
    '0/1',
  ],
  ['main is done', pod([done('m', 'main', ran(0, 1))], { phase: 'Succeeded' }), 'Completed', '0/1'],
  ['main failed', pod([done('m', 'main', ran(0, 1, 1))], { phase: 'Failed' }), 'Error', '0/1'],
  ['one is done, one runs', pod([done('m', 'main', ran(0, 1)), main], { phase: 'Running' }), 'NotReady', '1/2'],
  ['too late', pod([first, main], { phase: 'Failed', reason: 'DeadlineExceeded' }), 'DeadlineExceeded', '1/1'],
  ['it ends', pod([first, main], { terminating: true }), 'Terminating', '1/1'],
])('%s', (_name, status, word, ready) => {
  expect(summarise(status)).toMatchObject({ status: word, ready })
})

test('the table is the one of kubectl get pods', () => {
  expect(podTable([pod([first, main], { phase: 'Running', ready: true })], 65_000)).toBe(
    'NAME   READY   STATUS    RESTARTS   AGE   IP         NODE\nweb    1/1     Running   0          65s   10.0.0.7   node\n',
  )
})

test.each([
  [59_999, '59s'],
  [119_000, '119s'],
  [185_000, '3m5s'],
  [1_200_000, '20m'],
  [11_100_000, '3h5m'],
])('%d ms are %s', (milliseconds, text) => {
  expect(age(milliseconds)).toBe(text)
})

test('the description has message, exit code and last state of each container', () => {
  const status = pod(
    [done('first', 'init', ran(0, 1_000, 124, 'not ready'), ran(2_000, 2_500, 0, 'ready\nafter 3 tries')), unborn],
    {
      events: [{ at: 3_000, type: 'Warning', reason: 'BackOff', container: 'first', message: 'Back-off restarting' }],
    },
  )
  expect(describePod(status, 5_000)).toBe(`Name:         web
Namespace:    default
Node:         node/10.0.0.1
Start Time:   Thu, 01 Jan 1970 00:00:00 GMT
Status:       Pending
IPs:          10.0.0.7
Init Containers:
  first:
    Image:           first:1
    State:           Terminated
      Reason:        Completed
      Message:       ready
                     after 3 tries
      Exit Code:     0
      Took:          0.500 s
    Last State:      Terminated
      Reason:        Error
      Message:       not ready
      Exit Code:     124
      Took:          1.000 s
    Ready:           True
    Restart Count:   1
Containers:
  main:
    Image:           main:1
    State:           Waiting
      Reason:        PodInitializing
    Ready:           False
    Restart Count:   0
Events:
  Type      Reason    Age   Message
  Warning   BackOff   2s    Back-off restarting
`)
})

test('the timeline shows each run on one scale, which ends when the containers start', () => {
  const status = pod(
    [
      done('wait-for', 'init', ran(0, 1_000, 124), ran(2_000, 3_000)),
      done('render', 'init', ran(3_000, 4_000)),
      main,
      container('late', 'main', waiting('PodInitializing')),
    ],
    { phase: 'Running' },
  )
  expect(timeline(status, 60_000)).toBe(`timeline of Pod web, from its start to 4 s
  wait-for  init    |xxxxxxxxxxx          ############           | 1 s, run 2 times
  render    init    |                                ############| 1 s
  main      main    |                                           >| running for 56 s
  late      main    |                                            | not started
`)
})

test('of a Pod that has ended the time to stop is on the scale too, unless it is long', () => {
  const stopped = (sidecarEnd: number): string =>
    timeline(
      pod([
        done('render', 'init', ran(0, 4_000)),
        done('sync', 'sidecar', ran(0, sidecarEnd, 137)),
        done('web', 'main', ran(4_000, 5_000)),
      ]),
      60_000,
    )
  expect(stopped(8_000)).toBe(`timeline of Pod web, from its start to 8 s
  render  init    |######################                      | 4 s
  sync    sidecar |xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx| 8 s, exit 137
  web     main    |                     ######                 | 1 s
`)
  expect(stopped(40_000)).toBe(`timeline of Pod web, from its start to 4 s
  render  init    |############################################| 4 s
  sync    sidecar |xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx~| 40 s, exit 137
  web     main    |                                           ~| 1 s
`)
})

test('lines are prefixed with the container, and the Pod where there are several', () => {
  const lines: string[] = []
  const one =
    '{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {initContainers: [{name: a, image: i}], containers: [{name: longer, image: i}]}}'
  const { pods } = parseManifest(`${one}\n---\n${one.replace('web', 'db')}`)
  new LogPrinter(pods.slice(0, 1), (line) => lines.push(line)).print('web', 'a', 'hi')
  new LogPrinter(pods, (line) => lines.push(line)).print('db', 'a', 'hi')
  expect(lines).toEqual(['a      | hi\n', 'db/a       | hi\n'])
})
