/** How a record differs from what the server has; no value is told. */
export type Difference = { readonly kind: 'missing' | 'different'; readonly message: string }

type Ask = (name: string, ...words: readonly Buffer[]) => Promise<unknown>
/** Looks whether a command has been carried out: `words` are what follows its key. */
export type Check = (key: Buffer, words: readonly Buffer[], ask: Ask) => Promise<Difference | undefined>

/** Members that are asked for at once. */
const most = 10_000
const missing: Difference = { kind: 'missing', message: 'it is not there' }
const different = (message: string): Difference => ({ kind: 'different', message })

export const checks: Readonly<Record<string, Check>> = {
  SET: async (key, [value], ask) => {
    const found = await ask('GET', key)
    if (found === null) return missing
    return same(found, value) ? undefined : different('its value is another')
  },

  HSET: async (key, words, ask) => {
    const fields = words.filter((_, index) => index % 2 === 0)
    const values = words.filter((_, index) => index % 2 === 1)
    const found = await inPieces(fields, (some) => ask('HMGET', key, ...some))
    return differenceOf(found, (answer, index) => same(answer, values[index]), 'fields')
  },

  RPUSH: async (key, words, ask) => {
    const length = await ask('LLEN', key)
    if (length === 0) return missing
    if (length !== words.length) return different(`it has ${String(length)} members, not ${words.length}`)
    for (let at = 0; at < words.length; at += most) {
      const found = await ask('LRANGE', key, Buffer.from(String(at)), Buffer.from(String(at + most - 1)))
      const some: readonly unknown[] = Array.isArray(found) ? found : []
      if (some.some((each, index) => !same(each, words[at + index]))) return different('its members are others')
    }
    return undefined
  },

  SADD: async (key, words, ask) => {
    const found = await inPieces(words, (some) => ask('SMISMEMBER', key, ...some))
    return differenceOf(found, (answer) => answer === 1, 'members')
  },

  ZADD: async (key, words, ask) => {
    const scores = words.filter((_, index) => index % 2 === 0)
    const members = words.filter((_, index) => index % 2 === 1)
    const found = await inPieces(members, (some) => ask('ZMSCORE', key, ...some))
    return differenceOf(
      found,
      (answer, index) => numberOf(String(answer)) === numberOf(String(scores[index])),
      'scores',
    )
  },
}

async function inPieces(
  words: readonly Buffer[],
  ask: (some: readonly Buffer[]) => Promise<unknown>,
): Promise<unknown[]> {
  const answers: unknown[] = []
  for (let at = 0; at < words.length; at += most) {
    const answer = await ask(words.slice(at, at + most))
    answers.push(...(Array.isArray(answer) ? answer : []))
  }
  return answers
}

function differenceOf(
  answers: readonly unknown[],
  isRight: (answer: unknown, index: number) => boolean,
  what: string,
): Difference | undefined {
  if (answers.every((answer) => answer === null || answer === 0)) return missing
  const wrong = answers.filter((answer, index) => !isRight(answer, index)).length
  return wrong === 0 ? undefined : different(`${wrong} of its ${answers.length} ${what} are not as they should be`)
}

function same(found: unknown, wanted: Buffer | undefined): boolean {
  return Buffer.isBuffer(found) && wanted !== undefined && found.equals(wanted)
}

function numberOf(text: string): number {
  if (/^[+]?inf$/i.test(text)) return Infinity
  return /^-inf$/i.test(text) ? -Infinity : Number(text)
}
