/** More than any message that has texts of the server, but for rows, which are not looked at. */
const longest = 16 * 1024 * 1024

/**
 * Looks at the server's messages before pg does (docs: protocol-message-formats): its parser reads a text up to a zero byte, and
 * where none comes it reads for ever, deaf to every signal. Throws an Error that completes "what answers there is no
 * PostgreSQL server: ".
 */
export class FrameCheck {
  #head = Buffer.alloc(0)
  /** Bytes of the message at hand that are still to come. */
  #left = 0
  #type = ''
  /** Its body, where that is looked at. */
  #body: Buffer[] | undefined

  take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#left === 0) {
        const need = 5 - this.#head.length
        this.#head = Buffer.concat([this.#head, bytes.subarray(at, at + need)])
        at = Math.min(bytes.length, at + need)
        if (this.#head.length < 5) return
        this.#begin()
        continue
      }
      const part = bytes.subarray(at, at + this.#left)
      this.#body?.push(part)
      this.#left -= part.length
      at += part.length
      if (this.#left === 0) this.#end()
    }
  }

  #begin(): void {
    this.#type = String.fromCharCode(this.#head[0] ?? 0)
    const length = this.#head.readUInt32BE(1)
    this.#head = Buffer.alloc(0)
    if (length < 4) throw new Error('a message is shorter than its length')
    this.#left = length - 4
    this.#body = Object.hasOwn(rules, this.#type) ? [] : undefined
    if (this.#body !== undefined && this.#left > longest) throw new Error('a message has no end')
    if (this.#left === 0) this.#end()
  }

  #end(): void {
    const { [this.#type]: rule } = rules
    if (this.#body !== undefined && rule?.(Buffer.concat(this.#body)) === false) {
      throw new Error(`a message of type ${this.#type} ends in the middle of a text`)
    }
    this.#body = undefined
  }
}

/** Whether the texts of a message end within it. */
const rules: Readonly<Record<string, (body: Buffer) => boolean>> = {
  E: endsWithEmpty,
  N: endsWithEmpty,
  C: (body) => texts(body, 0) >= 1,
  S: (body) => texts(body, 0) >= 2,
  A: (body) => texts(body, 4) >= 2,
  // AuthenticationSASL, 10, has a list of names.
  R: (body) => body.length >= 4 && (body.readInt32BE(0) !== 10 || endsWithEmpty(body.subarray(4))),
  T: isRowDescription,
}

/** A list of texts, the last of which is empty. */
function endsWithEmpty(body: Buffer): boolean {
  return body.at(-1) === 0 && (body.length === 1 || body.at(-2) === 0)
}

function texts(body: Buffer, from: number): number {
  let count = 0
  for (let at = body.indexOf(0, from); at >= 0; at = body.indexOf(0, at + 1)) count++
  return count
}

function isRowDescription(body: Buffer): boolean {
  if (body.length < 2) return false
  let at = 2
  for (let columns = body.readUInt16BE(0); columns > 0; columns--) {
    const end = body.indexOf(0, at)
    if (end < 0) return false
    at = end + 19
  }
  return at === body.length
}
