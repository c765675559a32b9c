import type { Origin } from '../sources/index.ts'
import { receiveArchive } from './receive-archive.ts'
import { receivePlain } from './receive-plain.ts'
import type { Job, Received } from './receiver.ts'

type Settings = Omit<Job, 'source'> & { readonly origin: Origin; readonly concurrency: number }

/** Receives what one item asks for. */
export async function receive({ origin, concurrency, ...rest }: Settings): Promise<Received> {
  if (origin.kind === 'folder') {
    const { receiveFolder } = await import('./receive-folder.ts')
    return await receiveFolder(rest, { ...origin, concurrency })
  }
  const job = { ...rest, source: origin.source }
  return job.item.settings.unpack === true ? await receiveArchive(job) : await receivePlain(job)
}
