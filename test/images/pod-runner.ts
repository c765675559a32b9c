import { run } from '@initbox/engine/command'

/** A command for `initbox/base:dev` that runs a script of JavaScript, as a YAML flow list. */
export function node(script: string): string {
  return JSON.stringify(['/nodejs/bin/node', '-e', script])
}

/** A script that runs until it is asked to end: Node as PID 1 would ignore that. */
export const forever = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => 0, 1e6);'

/** A Pod of the base image; `spec` is YAML in flow style, without its braces. */
export function pod(spec: string, name = 'test', labels = ''): string {
  return `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, labels: {${labels}}}, spec: {terminationGracePeriodSeconds: 5, ${spec}}}`
}

/** One container that runs a script. */
export function container(name: string, script: string, more = ''): string {
  return `{name: ${name}, image: 'initbox/base:dev', command: ${node(script)}, ${more}}`
}

/** Kinds of what pod-runner has made in the engine for the program with this process id. */
export async function leftBehind(pid: number | undefined): Promise<readonly string[]> {
  const found: string[] = []
  for (const [kind, list] of [
    ['container', ['ps', '--all']],
    ['volume', ['volume', 'ls']],
    ['network', ['network', 'ls']],
  ] as const) {
    const { stdout } = await run('docker', [...list, '--format', '{{.Label "io.initbox.pod-runner.owner"}}'])
    found.push(
      ...stdout
        .split('\n')
        .filter((owner) => owner.split('-')[1] === String(pid))
        .map(() => kind),
    )
  }
  return found
}
