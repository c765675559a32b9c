import { formatOutputPath, OutputError, type OutputPath, systemCode } from '@initbox/core'
import { changeOwner, findFolder } from '@initbox/core/volume'
import { lookAt } from '../look.ts'
import { asOutputError } from '../volume-errors.ts'
import type { Plan } from '../plan.ts'
import type { Step } from './step.ts'

type Owner = { readonly uid: number; readonly gid: number }

/** Gives all that the plan names an owner, folders that were copied with all in them. */
export function ownerSteps(plan: Plan, owner: Owner): Step[] {
  const paths = [...plan.folders, ...plan.links, ...plan.files].map(({ path }) => path)
  const trees = plan.copies.map(({ to }) => to)
  const all = new Map([...paths, ...trees].map((path) => [formatOutputPath(path), path]))
  return [...all.values()].map((path) => ({
    pending: async () => {
      const entry = lookAt(formatOutputPath(path))
      const isRight = entry === undefined || (entry.uid === owner.uid && entry.gid === owner.gid)
      return isRight ? [] : [`give ${formatOutputPath(path)} to ${owner.uid}:${owner.gid}`]
    },
    apply: async () => {
      const changed = giveTo(path, owner)
      return changed === 0 ? undefined : `gave ${formatOutputPath(path)} to ${owner.uid}:${owner.gid}`
    },
  }))
}

function giveTo(path: OutputPath, { uid, gid }: Owner): number {
  const name = formatOutputPath(path)
  const parts = path.path.split('/')
  const last = parts.pop() ?? '.'
  const parent = findFolder({ ...path, path: (parts.join('/') || '.') as OutputPath['path'] })
  if (parent === undefined) return 0
  try {
    return changeOwner(parent, last, uid, gid)
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw asOutputError(name, error)
    throw new OutputError(
      `cannot give ${name} to ${uid}:${gid}: only root may, and this is uid ${process.getuid?.()}`,
      {
        hint: `leave --owner out and set in the Pod: securityContext: {fsGroup: ${gid}, fsGroupChangePolicy: OnRootMismatch}`,
        cause: error,
      },
    )
  } finally {
    parent.close()
  }
}
