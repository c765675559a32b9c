import { posix } from 'node:path'
import { formatOutputPath, type OutputPath, parseMode, parseOutputPath } from '@initbox/core'

export const whens = ['absent', 'changed', 'always'] as const

/** `cache` or `cache:0770`. */
export function parseFolder(text: string): { readonly path: OutputPath; readonly mode: number | undefined } {
  const [, path = text, mode] = /^(.*):(\d+)$/s.exec(text) ?? []
  return { path: parseOutputPath(path), mode: mode === undefined ? undefined : parseMode(mode) }
}

/** `/config -> conf`. */
export function parseCopy(text: string): {
  readonly from: string
  readonly to: OutputPath
  readonly when: undefined
  readonly mode: undefined
} {
  const { before, after } = arrow(text, '/config -> conf')
  return { from: before, to: parseOutputPath(after), when: undefined, mode: undefined }
}

/** `current -> releases/1`, as `ls -l` shows it. */
export function parseLink(text: string): { readonly path: OutputPath; readonly target: string } {
  const { before, after } = arrow(text, 'current -> releases/1')
  return { path: parseOutputPath(before), target: after }
}

/** `1000:1000`. */
export function parseOwner(text: string): { readonly uid: number; readonly gid: number } {
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? []
  if (uid === undefined || gid === undefined) throw new Error(`must be two numbers, uid:gid, not '${text}'`)
  return { uid: Number(uid), gid: Number(gid) }
}

/** `2`, `1.5` or `500m`, as Kubernetes writes limits of CPU; thousandths of a processor. */
export function parseProcessors(text: string): number {
  const [, amount, milli] = /^(\d+(?:\.\d{1,3})?)(m)?$/.exec(text) ?? []
  if (amount === undefined) throw new Error(`must be a number of processors such as 2 or 500m, not '${text}'`)
  return Math.round(Number(amount) * (milli === undefined ? 1_000 : 1))
}

/**
 * Why a symlink may not have this target, if so: it must not lead out of the volume, and an absolute path means another
 * place in each container.
 */
export function linkProblem({
  path,
  target,
}: {
  readonly path: OutputPath
  readonly target: string
}): string | undefined {
  const name = formatOutputPath(path)
  if (target.startsWith('/')) return `the link ${name} has an absolute target, which is another place in each container`
  const depth = [...path.path.split('/').slice(0, -1), ...target.split('/')].reduce(
    (level, part) => (part === '..' ? level - 1 : part === '' || part === '.' || level < 0 ? level : level + 1),
    0,
  )
  return depth < 0 ? `the link ${name} leads out of the volume` : undefined
}

/** The link that leads back to itself, by way of the others. */
export function linkLoop(links: readonly { readonly path: OutputPath; readonly target: string }[]): string | undefined {
  const targets = new Map(
    links.map(({ path, target }) => {
      const name = formatOutputPath(path)
      return [name, posix.join(posix.dirname(name), target)]
    }),
  )
  return [...targets.keys()].find((path) => {
    let at: string | undefined = path
    for (let steps = 0; steps < targets.size && at !== undefined; steps++) {
      at = targets.get(at)
      if (at === path) return true
    }
    return false
  })
}

function arrow(text: string, example: string): { readonly before: string; readonly after: string } {
  const at = text.indexOf('->')
  const [before, after] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 2).trim()]
  if (at < 0 || before === '' || after === '') throw new Error(`must be like '${example}', not '${text}'`)
  return { before, after }
}
