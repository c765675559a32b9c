// In place of node:stream/web, which costs half of a start to load: as much of a ReadableStream as xz-decompress uses.
class ReadableStream {
  #source
  #started
  #queue = []
  #closed = false
  #controller = { enqueue: (chunk) => this.#queue.push(chunk), close: () => (this.#closed = true) }

  constructor(source) {
    this.#source = source
    this.#started = Promise.resolve().then(() => source.start(this.#controller))
  }

  getReader() {
    return {
      read: async () => {
        await this.#started
        while (this.#queue.length === 0 && !this.#closed) await this.#source.pull(this.#controller)
        const value = this.#queue.shift()
        return { done: value === undefined, value }
      },
    }
  }
}

module.exports = { ReadableStream }
