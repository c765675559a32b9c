import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningPod } from '@initbox/pod-runner'
import type { ClusterClient } from './one-node/cluster-client.ts'
import type { Pod } from './one-node/namespace.ts'

/** What a Pod has come to, in words that a kubelet and pod-runner share; the Pod's name is left out, since a Deployment gives random ones. */
export type Outcome = {
  readonly phase: string
  /** State, exit code, reason, termination message and restarts of each. */
  readonly containers: Readonly<Record<string, string>>
  /** What init containers have written: mode, owner, path and content. */
  readonly files: Readonly<Record<string, readonly string[]>>
}

/** Without what no two runs have in common: times, addresses, random ids and names, and which of several Pods was first by how much. */
function timeless(text: string, pod: string): string {
  const isGiven = /-(?:\d|[a-z\d]{5})$/.test(pod)
  return (
    (isGiven ? text.replaceAll(pod, 'POD') : text)
      .replace('; another Pod applied it meanwhile', '')
      .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, 'IP')
      .replaceAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, 'UID')
      .replaceAll(/("nodeName": ?"|NODE_NAME=')[^"']*/g, '$1NODE')
      .replaceAll(/("session":")[\da-f]+/g, '$1RANDOM')
      // Why something was not ready before it was.
      .replaceAll(/: [^:\n]+ → ready/g, ': ready')
      // Where a tool has staged what a symbolic link now leads to.
      .replaceAll(/\.initbox(?:-[a-z\d]+){5,}/g, '.initbox-STAGED')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'MOMENT')
      .replaceAll(/\b[\d.]+ (?:[kMG]i?)?B\/s\b/g, 'RATE')
      .replaceAll(/\b(?:\d+ min )?\d+(?:\.\d+)? ?(?:ms|s)\b/g, 'TIME')
      .replaceAll(/\b\d+ (?:tries|attempts)\b/g, 'TRIES')
  )
}

/**
 * In an order that both have. Of replicas, one migrates and perhaps another one loads, as it happens: what their containers have come to is
 * compared container by container.
 */
function inOrder(outcomes: readonly Outcome[]): readonly Outcome[] {
  const replicas = Object.groupBy(outcomes, ({ containers }) => Object.keys(containers).join(' '))
  return Object.values(replicas)
    .flatMap((group = []) => {
      const texts = (name: string): readonly string[] =>
        group.map(({ containers }) => containers[name] ?? '').toSorted()
      return group.map((each, index) => ({
        ...each,
        containers: Object.fromEntries(Object.keys(each.containers).map((name) => [name, texts(name)[index] ?? ''])),
      }))
    })
    .toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)))
}

type Written = { readonly initContainers?: Pod['spec']['containers']; readonly volumes?: Pod['spec']['volumes'] }

/** The emptyDirs that init containers write to. */
export function writtenVolumes({ initContainers = [], volumes = [] }: Written): readonly string[] {
  const mounted = new Set(initContainers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)))
  return volumes.filter(({ name, emptyDir }) => emptyDir !== undefined && mounted.has(name)).map(({ name }) => name)
}

const stateOf = (
  state: string,
  end: { readonly exitCode?: number; readonly reason?: string; readonly message?: string } | undefined,
  restarts: number,
  pod: string,
): string =>
  `${state} ${end?.exitCode ?? ''} ${end?.reason ?? ''} (${restarts} restarts): ${timeless(end?.message ?? '', pod)}`

export function onTheNode(cluster: ClusterClient, pods: readonly Pod[]): readonly Outcome[] {
  return inOrder(
    pods.map(({ metadata, spec, status }) => {
      const own = metadata.name
      const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
      return {
        phase: status.phase,
        containers: Object.fromEntries(
          all.map(({ name, state, restartCount }) => [
            name,
            stateOf(Object.keys(state)[0] ?? '', state.terminated, restartCount, own),
          ]),
        ),
        // Of a Pod that has ended a kubelet unmounts what is in memory, and removes the rest when it likes.
        files: status.phase === 'Running' ? trees(spec, (volume) => cluster.emptyDir(metadata.uid, volume), own) : {},
      }
    }),
  )
}

export function inDocker(
  pods: readonly { readonly pod: RunningPod; readonly folders: Readonly<Record<string, string>> }[],
): readonly Outcome[] {
  return inOrder(
    pods.map(({ pod, folders }) => {
      const { phase, containers } = pod.status
      const own = pod.name
      const names = containers.map(({ name, state, restartCount }) => [
        name,
        stateOf(state.kind, state.kind === 'terminated' ? state : undefined, restartCount, own),
      ])
      const files = Object.entries(folders).map(([volume, folder]) => [volume, tree(folder, own)])
      return {
        phase,
        containers: Object.fromEntries(names),
        files: phase === 'Running' ? Object.fromEntries(files) : {},
      }
    }),
  )
}

const trees = (spec: Written, folder: (volume: string) => string, pod: string): Outcome['files'] =>
  Object.fromEntries(writtenVolumes(spec).map((volume) => [volume, tree(folder(volume), pod)]))

/** One line for each entry of a folder, itself included. */
function tree(top: string, pod: string, path = ''): readonly string[] {
  const at = join(top, path)
  const { mode, uid, gid } = lstatSync(at)
  const line = `${(mode & 0o7777).toString(8)} ${uid}:${gid} ${timeless(path, pod)}`
  if ((mode & 0o170_000) === 0o040_000) {
    const names = readdirSync(at).toSorted()
    return [`${line}/`, ...names.flatMap((name) => tree(top, pod, join(path, name)))]
  }
  if ((mode & 0o170_000) === 0o120_000) return [`${line} -> ${timeless(readlinkSync(at), pod)}`]
  // What a tool remembers for itself has inode numbers and times in it.
  if (/(^|\/)\.[^/]+$/.test(path)) return [line]
  return [`${line}: ${shown(readFileSync(at), pod)}`]
}

function shown(content: Buffer, pod: string): string {
  return content.length < 4_096 && !content.includes(0)
    ? timeless(content.toString(), pod)
    : createHash('sha256').update(content).digest('hex')
}
