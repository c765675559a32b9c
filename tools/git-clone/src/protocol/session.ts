import { NotReadyError, RefusedError } from '@initbox/core'
import type { Connection } from '../transports/connection.ts'
import { PacketReader } from '../wire/packet-reader.ts'
import { type Advertisement, AdvertisementReader, MOST_REFS } from './advertisement.ts'
import { FetchReader } from './fetch-reader.ts'
import { parseListedRef, type Ref } from './ref.ts'
import { type FetchRequest, fetchRequest, lsRefsRequest, oldFetchRequest } from './requests.ts'

/** A talk with a server about one repository, in protocol v2 or, where it knows no better, the old one. */
export class Session {
  readonly #connection: Connection
  readonly #advertisement: Advertisement

  private constructor(connection: Connection, advertisement: Advertisement) {
    this.#connection = connection
    this.#advertisement = advertisement
  }

  /** Hears what the server says first. Of refs that come unasked (old protocol) those that `wanted` names are kept. */
  static async open(connection: Connection, wanted: (name: string) => boolean): Promise<Session> {
    const reader = new AdvertisementReader(wanted)
    await connection.greet((bytes) => reader.push(bytes))
    const advertisement = reader.result()
    const format = advertisement.capabilities.get('object-format') ?? 'sha1'
    if (format !== 'sha1')
      throw new RefusedError(`the repository uses ${format} for its ids, which is not supported yet`)
    return new Session(connection, advertisement)
  }

  /** Whether the server can leave blobs out and give them by id. */
  get canFilter(): boolean {
    const { version, capabilities } = this.#advertisement
    return version === 2 && (capabilities.get('fetch') ?? '').split(' ').includes('filter')
  }

  /** The refs whose names begin with one of the prefixes. */
  async refs(prefixes: readonly string[]): Promise<readonly Ref[]> {
    if (prefixes.length === 0) return []
    const matches = ({ name }: Ref): boolean => prefixes.some((prefix) => name.startsWith(prefix))
    if (this.#advertisement.version === 0) return this.#advertisement.refs.filter(matches)
    const refs: Ref[] = []
    let isComplete = false
    let lines = 0
    const packets = new PacketReader({
      line: (text) => {
        if (++lines > MOST_REFS) throw new RefusedError(`the server sent more than ${MOST_REFS} refs`)
        const ref = parseListedRef(text)
        // Servers may send more than was asked for.
        if (ref.id !== 'unborn' && matches(ref)) refs.push(ref)
      },
      flush: () => void (isComplete = true),
      delimiter: () => {},
      pack: () => {},
      failure: (text) => {
        throw new RefusedError(`the server says: ${text}`)
      },
    })
    await this.#connection.exchange(lsRefsRequest(prefixes), (bytes) => {
      packets.push(bytes)
      return isComplete
    })
    if (!isComplete) throw new NotReadyError('the server ended its answer before it was complete')
    return refs
  }

  /** Fetches a pack; its bytes are good only during the call. Returns the commits whose parents do not come. */
  async fetch(
    request: FetchRequest,
    pack: (bytes: Buffer, start: number, end: number) => void,
  ): Promise<readonly string[]> {
    const { version, capabilities } = this.#advertisement
    const reader = new FetchReader(version, pack)
    if (version === 0 && !capabilities.has('side-band-64k')) throw new RefusedError('the server is older than git 1.5')
    const text = version === 2 ? fetchRequest(request) : oldFetchRequest(request, capabilities)
    await this.#connection.exchange(text, (bytes) => reader.push(bytes))
    reader.finish()
    return reader.shallow
  }
}
