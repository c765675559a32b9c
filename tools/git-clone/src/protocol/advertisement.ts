import { NotReadyError, RefusedError } from '@initbox/core'
import { PacketReader } from '../wire/packet-reader.ts'
import { type Ref, parseAdvertisedRef } from './ref.ts'

/** What a server says first: which protocol it speaks and what it can do; in the old protocol (v0, v1) its refs too. */
export type Advertisement = {
  readonly version: 0 | 2
  /** Names, with what stands behind their `=`: `fetch` → `shallow filter`. */
  readonly capabilities: ReadonlyMap<string, string>
  readonly refs: readonly Ref[]
}

/** More refs than any repository has; a server that sends more wants to fill our memory. */
export const MOST_REFS = 2_000_000

/**
 * Reads the first answer of a server (gitprotocol-v2 "Capability Advertisement", gitprotocol-pack "Reference
 * Discovery"). Of the old protocol's refs only those that `wanted` names are kept.
 */
export class AdvertisementReader {
  readonly #packets: PacketReader
  readonly #wanted: (name: string) => boolean
  readonly #capabilities = new Map<string, string>()
  readonly #refs: Ref[] = []
  #version: 0 | 2 | undefined
  /** `# service=git-upload-pack` of HTTP, with the flush after it, is no part of the answer. */
  #inService = false
  #lines = 0
  #isComplete = false

  constructor(wanted: (name: string) => boolean) {
    this.#wanted = wanted
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
    const refs = this.#refs.map((ref) => (ref.name === 'HEAD' ? { ...ref, target } : ref))
    return { version: this.#version ?? 0, capabilities: this.#capabilities, refs }
  }

  #flush(): void {
    if (this.#inService) this.#inService = false
    else this.#isComplete = true
  }

  #line(text: string): void {
    if (this.#lines++ > 2 * MOST_REFS) throw new RefusedError(`the server sent more than ${MOST_REFS} refs`)
    if (text.startsWith('# service=')) this.#inService = true
    else if (text === 'version 2' && this.#version === undefined) this.#version = 2
    else if (text === 'version 1' && this.#version === undefined) this.#version = 0
    else if (this.#version === 2) this.#capability(text)
    else this.#oldLine(text)
  }

  #capability(text: string): void {
    const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    this.#capabilities.set(name, value)
  }

  #oldLine(text: string): void {
    this.#version = 0
    const [line = '', capabilities] = text.split('\0')
    for (const word of (capabilities ?? '').split(' ')) if (word !== '') this.#oldCapability(word)
    if (line.startsWith('shallow ')) return
    const { id, name, peels } = parseAdvertisedRef(line)
    if (name === 'capabilities^{}' || !this.#wanted(name)) return
    const last = this.#refs.at(-1)
    if (!peels) this.#refs.push({ id, name, peeled: undefined })
    else if (last?.name === name) this.#refs[this.#refs.length - 1] = { ...last, peeled: id }
  }

  #oldCapability(word: string): void {
    // There may be several of `symref`, of which only that of HEAD says something.
    if (word.startsWith('symref=') && !word.startsWith('symref=HEAD:')) return
    this.#capability(word)
  }
}
