import { receiveArchive } from './receive-archive.ts'
import { receivePlain } from './receive-plain.ts'
import type { Job, Received } from './receiver.ts'

/** Receives what one item asks for. */
export async function receive(job: Job): Promise<Received> {
  return job.item.settings.unpack === true ? await receiveArchive(job) : await receivePlain(job)
}
