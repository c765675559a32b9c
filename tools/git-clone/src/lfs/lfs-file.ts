import { closeSync, ftruncateSync, writeSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { RefusedError } from '@initbox/core'
import { failureOf, NotYet, request, type RequestSettings } from '@initbox/net'
import { release } from '../transports/release.ts'
import type { Download } from './batch.ts'
import type { Pointer } from './pointer.ts'

type Means = Pick<RequestSettings, 'tls' | 'proxy' | 'pool' | 'signal'> & { readonly heard: (bytes: number) => void }

/** One file of LFS on its way: what has come stays when the connection is cut, and the next try goes on from there. */
export class LfsFile {
  readonly pointer: Pointer
  /** How it is called in messages. */
  readonly name: string
  readonly #fd: number
  #done = 0
  #content = createHash('sha256')
  #blob

  /** `fd` is a new file, which is closed by `finish` or `close`. */
  constructor(pointer: Pointer, name: string, fd: number) {
    this.pointer = pointer
    this.name = name
    this.#fd = fd
    this.#blob = this.#begin()
  }

  /** Fetches what is missing. Throws RefusedError when the content is not what the pointer names. */
  async fetch({ url, headers }: Download, { heard, ...means }: Means): Promise<void> {
    const range = this.#done === 0 ? [] : [['range', `bytes=${this.#done}-`] as const]
    const response = await request(url, { ...means, headers: [...headers, ...range], redirects: 5 })
    const { status, body } = response
    const goesOn = status === 206 && response.headers['content-range']?.startsWith(`bytes ${this.#done}-`) === true
    if (status !== 200 && !goesOn) {
      body.on('error', () => {}).destroy()
      throw failureOf(response, `cannot fetch ${this.name} of LFS from ${url.host}`)
    }
    if (!goesOn && this.#done > 0) this.#again()
    for await (const bytes of body as AsyncIterable<Buffer>) {
      heard(bytes.length)
      this.#write(bytes)
      release(bytes)
    }
    if (this.#done < this.pointer.size)
      throw new NotYet('closed', `${url.host} ended ${this.name} of LFS after ${this.#done} bytes`)
  }

  /** Returns the id that git gives the content, hexadecimal. */
  finish(): string {
    closeSync(this.#fd)
    const found = this.#content.digest('hex')
    if (found !== this.pointer.oid)
      throw new RefusedError(`${this.name} of LFS has other content than its pointer says: ${found}`)
    return this.#blob.digest('hex')
  }

  close(): void {
    closeSync(this.#fd)
  }

  #write(bytes: Buffer): void {
    if (this.#done + bytes.length > this.pointer.size)
      throw new RefusedError(`${this.name} of LFS is longer than the ${this.pointer.size} bytes of its pointer`)
    this.#content.update(bytes)
    this.#blob.update(bytes)
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#done + at)
    this.#done += bytes.length
  }

  #again(): void {
    this.#done = 0
    this.#content = createHash('sha256')
    this.#blob = this.#begin()
    ftruncateSync(this.#fd)
  }

  #begin(): ReturnType<typeof createHash> {
    return createHash('sha1').update(`blob ${this.pointer.size}\0`)
  }
}
