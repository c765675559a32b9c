import type { Facts } from '../sources/source.ts'

/** What a run notes of a file that it may not finish: which content its bytes are a part of. */
export class PartialNote {
  readonly address: string
  readonly facts: Facts
  /** Of a file that comes over several connections: `1` for each part that is there, `0` for the others. */
  readonly blocks: string | undefined

  constructor(address: string, facts: Facts, blocks?: string) {
    this.address = address
    this.facts = facts
    this.blocks = blocks
  }

  /** Query and user info may be secret, and change when a URL is signed again. */
  get text(): string {
    return JSON.stringify({ address: bare(this.address), facts: this.facts, blocks: this.blocks })
  }

  /** Undefined for a note about something else. */
  static read(text: string | undefined, address: string): PartialNote | undefined {
    if (text === undefined) return undefined
    try {
      const { address: noted, facts, blocks } = JSON.parse(text) as PartialNote
      return noted === bare(address) ? new PartialNote(address, facts, blocks) : undefined
    } catch {
      return undefined
    }
  }
}

function bare(address: string): string {
  return address.replace(/\?.*$/s, '').replace(/\/\/[^/@]*@/, '//')
}
