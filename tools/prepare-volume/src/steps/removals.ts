import { lstatSync } from 'node:fs'
import { asOutputError } from '../volume-errors.ts'
import { Folder, removeTree } from '@initbox/core/volume'
import type { Pattern } from '../glob.ts'
import type { Step } from './step.ts'

/** Neither the file system's own nor ours. */
const kept = /^(lost\+found$|\.initbox-)/

/** Removes what patterns match, below the volume only and never through a symlink, which is itself removed. */
export function removalSteps(patterns: readonly Pattern[]): Step[] {
  return patterns.map((pattern) => ({
    pending: async () => {
      const found: string[] = []
      await each(pattern, async (_folder, _name, path) => void found.push(`remove ${path}`))
      return found
    },
    apply: async () => {
      let count = 0
      await each(pattern, async (folder, name, path) => {
        count++
        await removeTree(folder, name).catch((error: unknown) => {
          throw asOutputError(path, error)
        })
      })
      return count === 0 ? undefined : `removed ${count} of ${pattern.text}`
    },
  }))
}

type Visit = (folder: Folder, name: string, path: string) => Promise<void>

async function each({ parts }: Pattern, visit: Visit): Promise<void> {
  const volume = looking('.', () => Folder.open('.'))
  try {
    await below(volume, '', parts, visit)
  } finally {
    volume.close()
  }
}

async function below(folder: Folder, path: string, parts: Pattern['parts'], visit: Visit): Promise<void> {
  const [part, ...rest] = parts
  if (part === undefined) return
  if (part === '**') await below(folder, path, rest, visit)
  for (const name of looking(path === '' ? '.' : path.slice(0, -1), () => folder.names().toSorted())) {
    if (kept.test(name) || (part === '**' ? name.startsWith('.') : !part.test(name))) continue
    const isLast = rest.length === 0
    if (part !== '**' && isLast) await visit(folder, name, `${path}${name}`)
    else if (lstatSync(folder.at(name), { throwIfNoEntry: false })?.isDirectory()) {
      const child = looking(`${path}${name}`, () => Folder.open(folder.at(name)))
      try {
        await below(child, `${path}${name}/`, part === '**' ? parts : rest, visit)
      } finally {
        child.close()
      }
    }
  }
}

/** Looks into a folder that may belong to another user. Throws OutputError. */
function looking<Result>(path: string, look: () => Result): Result {
  try {
    return look()
  } catch (error) {
    throw asOutputError(path, error)
  }
}
