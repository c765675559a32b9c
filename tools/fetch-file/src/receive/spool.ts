import type { SlotFile } from '@initbox/core'
import type { Facts } from '../sources/source.ts'
import { fill } from './receive-plain.ts'
import type { Job, Received } from './receiver.ts'

/** A file that lies on the volume, whole and checked, until it is unpacked. */
export type Spooled = {
  readonly file: SlotFile
  readonly size: number
  readonly received: number
  readonly sha256: string
  readonly facts: Facts | undefined
}

/** Downloads the file of a job beside where it goes. */
export async function spool(job: Job): Promise<Spooled | (Received & { readonly unchanged: true })> {
  const file = job.slot.spool().file({ resume: true })
  const filled = await fill(job, file)
  if (filled === 'unchanged')
    return { unchanged: true, files: 0, bytes: 0, received: 0, sha256: undefined, facts: undefined }
  return { file, ...filled }
}
