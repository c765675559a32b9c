import { readText } from '@initbox/core'

/** How the file system of a folder is mounted: the options of the mount and of the file system itself. */
export function mountOptionsOf(folder: string, table = readText('/proc/self/mountinfo', { limit: 2 ** 22 })): string[] {
  let best = { point: '', options: [] as string[] }
  for (const line of table.split('\n')) {
    // proc_pid_mountinfo(5): fields 5 and 6, and behind the lone dash type, source and options of the file system.
    const [before = '', after = ''] = line.split(' - ')
    const [, , , , escaped = '', options = ''] = before.split(' ')
    const point = escaped.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const holds = `${folder}/`.startsWith(point === '/' ? '/' : `${point}/`)
    // Of several mounts on one point the last is what counts.
    if (!holds || point === '' || point.length < best.point.length) continue
    best = { point, options: [...options.split(','), ...(after.split(' ')[2] ?? '').split(',')] }
  }
  return best.options
}

/** `noexec` must be there, `!ro` must not. */
export function mountProblem(wanted: string, options: readonly string[]): string | undefined {
  const isUnwanted = wanted.startsWith('!')
  const name = isUnwanted ? wanted.slice(1) : wanted
  if (options.includes(name) !== isUnwanted) return undefined
  return isUnwanted ? `the volume is mounted with ${name}` : `the volume is mounted without ${name}`
}
