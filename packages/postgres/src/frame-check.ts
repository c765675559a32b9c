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
  #type = 0
  /** Its body, where that is looked at. */
  #body: Buffer[] | undefined

  take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#left === 0) {
        // By far most messages come whole, and there may be a million of them: no object is made for one.
        if (this.#head.length === 0 && at + 5 <= bytes.length) {
          const end = at + 1 + bytes.readUInt32BE(at + 1)
          if (end >= at + 5 && end <= bytes.length) {
            const rule = ruleOf(bytes[at] ?? 0)
            if (rule?.(bytes, at + 5, end) === false) throw cutOff(bytes[at] ?? 0)
            at = end
            continue
          }
        }
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
    this.#type = this.#head[0] ?? 0
    const length = this.#head.readUInt32BE(1)
    this.#head = Buffer.alloc(0)
    if (length < 4) throw new Error('a message is shorter than its length')
    this.#left = length - 4
    this.#body = ruleOf(this.#type) === undefined ? undefined : []
    if (this.#body !== undefined && this.#left > longest) throw new Error('a message has no end')
    if (this.#left === 0) this.#end()
  }

  #end(): void {
    const body = this.#body && Buffer.concat(this.#body)
    this.#body = undefined
    if (body !== undefined && ruleOf(this.#type)?.(body, 0, body.length) === false) throw cutOff(this.#type)
  }
}

function cutOff(type: number): Error {
  return new Error(`a message of type ${String.fromCharCode(type)} ends in the middle of a text`)
}

type Rule = (bytes: Buffer, start: number, end: number) => boolean

/** Whether the texts of a message end within it, by the message's type; undefined for those without. */
function ruleOf(type: number): Rule | undefined {
  switch (type) {
    case 0x43: // C
      return oneText
    case 0x45: // E
    case 0x4e: // N
      return endsWithEmpty
    case 0x53: // S
      return twoTexts
    case 0x41: // A
      return (bytes, start, end) => twoTexts(bytes, start + 4, end)
    case 0x52: // R; AuthenticationSASL, 10, has a list of names
      return (bytes, start, end) =>
        end - start >= 4 && (bytes.readInt32BE(start) !== 10 || endsWithEmpty(bytes, start + 4, end))
    case 0x54: // T
      return isRowDescription
    default:
      return undefined
  }
}

/** A list of texts, the last of which is empty. */
function endsWithEmpty(bytes: Buffer, start: number, end: number): boolean {
  return end > start && bytes[end - 1] === 0 && (end - start === 1 || bytes[end - 2] === 0)
}

function oneText(bytes: Buffer, start: number, end: number): boolean {
  const at = bytes.indexOf(0, start)
  return at >= start && at < end
}

function twoTexts(bytes: Buffer, start: number, end: number): boolean {
  const at = bytes.indexOf(0, start)
  return at >= start && at < end && oneText(bytes, at + 1, end)
}

function isRowDescription(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2) return false
  let at = start + 2
  for (let columns = bytes.readUInt16BE(start); columns > 0; columns--) {
    const zero = bytes.indexOf(0, at)
    if (zero < 0 || zero >= end) return false
    at = zero + 19
  }
  return at === end
}
