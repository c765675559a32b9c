import { createHash, type Hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { RefusedError } from '@initbox/core'
import type { Expected } from './expected.ts'
import type { Verifier } from './signature.ts'

const step = 1 << 20

/** It has another digest than expected, or is not what was signed. */
export class MismatchError extends RefusedError {}

/** Hashes a file as it comes. */
export class Digests {
  readonly #expected: Expected
  readonly #hashes: readonly (readonly [name: 'sha256' | 'sha512', hash: Hash])[]
  readonly #verifier: Verifier | undefined

  constructor(expected: Expected) {
    this.#expected = expected
    // SHA-256 always: the state of the next run, and the log, tell what was fetched.
    const names = expected.sha512 === undefined ? (['sha256'] as const) : (['sha256', 'sha512'] as const)
    this.#hashes = names.map((name) => [name, createHash(name)])
    this.#verifier = expected.signature?.verifier()
  }

  update(bytes: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(bytes)
    this.#verifier?.update(bytes)
  }

  /** The first bytes of an open file. */
  updateFrom(fd: number, length: number): void {
    const buffer = Buffer.allocUnsafe(Math.min(step, length))
    for (let at = 0, read = -1; at < length && read !== 0; at += read) {
      read = readSync(fd, buffer, 0, Math.min(buffer.length, length - at), at)
      this.update(buffer.subarray(0, read))
    }
  }

  /** The SHA-256, once all is as expected. Throws RefusedError that says what was expected and what came. */
  check(name: string): string {
    let sha256 = ''
    for (const [kind, hash] of this.#hashes) {
      const got = hash.digest('hex')
      if (kind === 'sha256') sha256 = got
      const wanted = this.#expected[kind]
      if (wanted !== undefined && wanted !== got)
        throw new MismatchError(`${name} has another ${kind} than expected: expected ${wanted}, got ${got}`, {
          hint: 'was it replaced on the server, or changed on the way? Nothing was published',
        })
    }
    const { signature } = this.#expected
    if (signature !== undefined && this.#verifier?.isRight() !== true) {
      const what = signature.comment === undefined ? '' : `signed is "${signature.comment}"; `
      throw new MismatchError(`${name} is not what ${signature.source} was made of: its sha256 is ${sha256}`, {
        hint: `${what}was one of them replaced without the other, or is it another key? Nothing was published`,
      })
    }
    return sha256
  }
}
