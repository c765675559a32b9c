import { fdatasync, writeSync, writev } from 'node:fs'

/** So many bytes may wait for their write. */
const mostWaiting = 1 << 20
/** A file that comes in one piece is written at once: another thread would cost more. */
const small = 64 << 10
/** After so many bytes the disk begins to take them, so that little is left to wait for at the end. */
const syncStep = 32 << 20

/** Appends to a file on another thread, as much in one call as has come during the one before. */
export class Appender {
  readonly #fd: number
  #waiting: Uint8Array[] = []
  #length = 0
  #isNew = true
  #running: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #unsynced = 0
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Takes the bytes over; a promise is done when there is room for more. Throws the error of this write or of one before. */
  add(bytes: Uint8Array): Promise<void> | undefined {
    this.#check()
    if (this.#isNew && bytes.length < small) {
      this.#isNew = false
      for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done)
      return undefined
    }
    this.#isNew = false
    this.#waiting.push(bytes)
    this.#length += bytes.length
    this.#running ??= this.#run()
    return this.#length < mostWaiting ? undefined : this.#room()
  }

  /** Done when the operating system has all bytes, and nothing uses the descriptor any more. */
  async idle(): Promise<void> {
    await this.#running
    await this.#syncing
  }

  /** Done when the operating system has all bytes. Throws the error of a write. */
  async written(): Promise<void> {
    await this.idle()
    this.#check()
  }

  async #room(): Promise<void> {
    while (this.#length >= mostWaiting && this.#failure === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#check()
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting
        this.#waiting = []
        for (let left = pieces; left.length > 0;) {
          const written = await write(this.#fd, left)
          left = behind(left, written)
          this.#length -= written
          this.#unsynced += written
        }
        if (this.#unsynced >= syncStep) this.#syncing ??= this.#sync()
        this.#wake?.()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#running = undefined
  }

  async #sync(): Promise<void> {
    this.#unsynced = 0
    await new Promise<void>((resolve) => {
      fdatasync(this.#fd, (error) => {
        if (error) this.#fail(error)
        resolve()
      })
    })
    this.#syncing = undefined
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

function write(fd: number, pieces: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, pieces, (error, written) => (error ? reject(error) : resolve(written)))
  })
}

/** What is left of the pieces when so many bytes of them are written. */
function behind(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let done = written
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(done, piece.length))
    done -= piece.length - rest.length
    return rest.length === 0 ? [] : [rest]
  })
}
