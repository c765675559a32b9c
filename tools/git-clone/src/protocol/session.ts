import { NotReadyError, RefusedError } from '@initbox/core'
import type { Connection } from '../transports/connection.ts'
import { PacketReader } from '../wire/packet-reader.ts'
import { type Advertisement, AdvertisementReader } from './advertisement.ts'
import { FetchReader } from './fetch-reader.ts'
import { parseListedRef, type Ref } from './ref.ts'
import { RefList } from './ref-list.ts'
import { type FetchRequest, fetchRequest, lsRefsRequest, oldFetchRequest } from './requests.ts'

/** A talk with a server about one repository, in protocol v2 or, where it knows no better, the old one. */
export class Session {
  readonly #connection: Connection
  readonly #advertisement: Advertisement
  readonly #isWanted: (ref: Ref) => boolean

  private constructor(connection: Connection, advertisement: Advertisement, isWanted: (ref: Ref) => boolean) {
    this.#connection = connection
    this.#advertisement = advertisement
    this.#isWanted = isWanted
  }

  /** Hears what the server says first. Of its refs, which in the old protocol come unasked, only the wanted are kept. */
  static async open(connection: Connection, isWanted: (ref: Ref) => boolean): Promise<Session> {
    const reader = new AdvertisementReader(isWanted)
    await connection.greet((bytes) => reader.push(bytes))
    const advertisement = reader.result()
    const format = advertisement.capabilities.get('object-format') ?? 'sha1'
    if (format !== 'sha1')
      throw new RefusedError(`the repository uses ${format} for its ids, which is not supported yet`)
    return new Session(connection, advertisement, isWanted)
  }

  /** Whether the server can leave blobs out and give them by id. */
  get canFilter(): boolean {
    const { version, capabilities } = this.#advertisement
    return version === 2 && (capabilities.get('fetch') ?? '').split(' ').includes('filter')
  }

  /** Whether the server can end the history at a depth; else all of it comes. */
  get canDeepen(): boolean {
    const { version, capabilities } = this.#advertisement
    return version === 0
      ? capabilities.has('shallow')
      : (capabilities.get('fetch') ?? '').split(' ').includes('shallow')
  }

  /** Whether the server may be asked for an object by its id: in the old protocol it says so, or a ref leads to it. */
  gives(id: string): boolean {
    const { version, capabilities, refs } = this.#advertisement
    if (version === 2 || [...capabilities.keys()].some((name) => /^allow-.*-sha1-in-want$/.test(name))) return true
    return refs.some((ref) => ref.id === id || ref.peeled === id)
  }

  /** The refs that are wanted; the server need only tell of names that begin with one of the prefixes. */
  async refs(prefixes: readonly string[]): Promise<readonly Ref[]> {
    if (prefixes.length === 0) return []
    if (this.#advertisement.version === 0) return this.#advertisement.refs
    const list = new RefList(this.#isWanted)
    let isComplete = false
    const packets = new PacketReader({
      line: (text) => {
        const ref = parseListedRef(text)
        if (ref.id !== 'unborn') list.add(ref)
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
    return list.refs
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
