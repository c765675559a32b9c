import { NotReadyError, RefusedError } from '@initbox/core'
import { PacketReader } from '../wire/packet-reader.ts'
import { type Ref, parseAdvertisedRef } from './ref.ts'
import { RefList } from './ref-list.ts'

/** What a server says first: which protocol it speaks and what it can do; in the old protocol (v0, v1) its refs too. */
export type Advertisement = {
  readonly version: 0 | 2
  /** Names, with what stands behind their `=`: `fetch` → `shallow filter`. */
  readonly capabilities: ReadonlyMap<string, string>
  readonly refs: readonly Ref[]
}

/** More capabilities than any server has. */
const MOST_CAPABILITIES = 1_000

/**
 * Reads the first answer of a server (gitprotocol-v2 "Capability Advertisement", gitprotocol-pack "Reference
 * Discovery"). Of the old protocol's refs only those that are wanted are kept.
 */
export class AdvertisementReader {
  readonly #packets: PacketReader
  readonly #capabilities = new Map<string, string>()
  readonly #refs: RefList
  /** The ref whose peeled id may be in the next line. */
  #last: Ref | undefined
  #version: 0 | 2 | undefined
  /** `# service=git-upload-pack` of HTTP, with the flush after it, is no part of the answer. */
  #inService = false
  #isComplete = false

  constructor(isWanted: (ref: Ref) => boolean) {
    this.#refs = new RefList(isWanted)
    this.#packets = new PacketReader({
      line: (text) => this.#line(text),
      flush: () => this.#flush(),
      delimiter: () => {},
      pack: () => {},
      failure: (text) => {
        throw new RefusedError(`the server says: ${text}`)
      },
    })
  }

  /** Returns whether the answer is complete. */
  push(bytes: Buffer): boolean {
    this.#packets.push(bytes)
    return this.#isComplete
  }

  /** Throws NotReadyError when the answer has ended early. */
  result(): Advertisement {
    if (!this.#isComplete) throw new NotReadyError('the server ended its answer before it was complete')
    const target = this.#capabilities.get('symref')?.replace(/^HEAD:/, '')
    const refs = this.#refs.refs.map((ref) => (ref.name === 'HEAD' ? { ...ref, target } : ref))
    return { version: this.#version ?? 0, capabilities: this.#capabilities, refs }
  }

  #flush(): void {
    if (this.#inService) this.#inService = false
    else {
      if (this.#last !== undefined) this.#refs.add(this.#last)
      this.#isComplete = true
    }
  }

  #line(text: string): void {
    if (text.startsWith('# service=')) this.#inService = true
    else if (text === 'version 2' && this.#version === undefined) this.#version = 2
    else if (text === 'version 1' && this.#version === undefined) this.#version = 0
    else if (this.#version === 2) this.#capability(text)
    else this.#oldLine(text)
  }

  #capability(text: string): void {
    const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    if (this.#capabilities.size > MOST_CAPABILITIES)
      throw new RefusedError(`the server names more than ${MOST_CAPABILITIES} things that it can do`)
    this.#capabilities.set(name, value)
  }

  #oldLine(text: string): void {
    this.#version = 0
    const [line = '', capabilities = ''] = text.split('\0', 2)
    // They stand in the first line alone.
    if (this.#capabilities.size === 0)
      for (const word of capabilities.split(' ')) if (word !== '') this.#oldCapability(word)
    if (line.startsWith('shallow ')) return
    const { id, name, peels } = parseAdvertisedRef(line)
    if (name === 'capabilities^{}') return
    if (peels && this.#last?.name === name) this.#last = { ...this.#last, peeled: id }
    if (peels) return
    if (this.#last !== undefined) this.#refs.add(this.#last)
    this.#last = { id, name, peeled: undefined }
  }

  #oldCapability(word: string): void {
    // There may be several of `symref`, of which only that of HEAD says something.
    if (word.startsWith('symref=') && !word.startsWith('symref=HEAD:')) return
    this.#capability(word)
  }
}
