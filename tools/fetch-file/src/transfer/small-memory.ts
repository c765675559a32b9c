import { collector, type Collector, setV8Flags } from '@initbox/core'

/** So many bytes may come before the buffers that held them are looked for. */
const step = 2 << 20

/** What one more file costs besides its bytes: the buffer that its answer was read into, and what was made for it. */
const each = 16 << 10

/** So many streams of node:zlib, one for each small file of a zip, may be kept alive by what Node knows of them. */
const streams = 1_000

/** V8 leaves its young generation as it is, before a long list of files makes it grow. */
export function keepSmall(): void {
  setV8Flags('--semi-space-growth-factor=1')
}

/**
 * Keeps a large transfer within a container of 64 MiB. V8 sees of a buffer only the small object that points to it, and lets
 * tens of megabytes of them pile up before it collects any: here its young generation is collected every few megabytes,
 * which takes less than a millisecond. And code is not compiled a second time, neither JavaScript nor undici's parser: that
 * takes 10 MB, and gains nothing where zlib, the disk or the server set the pace.
 */
export class SmallMemory {
  #bytes = 0
  #files = 0
  #collector: Collector | undefined

  constructor() {
    setV8Flags('--no-turbofan', '--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering')
  }

  /** So many more bytes were used up. */
  count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < step) return
    this.#bytes = 0
    this.#collect('minor')
  }

  /** One more file is asked for. */
  begin(): void {
    this.count(each)
  }

  /** So many files of a zip were made by now. */
  countFiles(files: number): void {
    if (files - this.#files < streams) return
    this.#files = files
    this.#collect('major')
  }

  #collect(type: 'minor' | 'major'): void {
    this.#collector ??= collector()
    this.#collector(type)
  }
}
