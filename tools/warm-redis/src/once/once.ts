import { builtin, type Clock, Deadline, exitCode, type Log, NotReadyError, ToolError } from '@initbox/core'
import type { Questions } from '../redis/questions.ts'
import { formatState, parseState, type State } from './state.ts'

/** Sets the key where it holds what ARGV[1] says, or nothing for an empty one; ARGV[3] milliseconds, 0 for ever. */
const swap = `local v=redis.call('GET',KEYS[1]) or ''
if v~=ARGV[1] then return 0 end
if ARGV[2]=='' then redis.call('DEL',KEYS[1])
elseif ARGV[3]=='0' then redis.call('SET',KEYS[1],ARGV[2])
else redis.call('SET',KEYS[1],ARGV[2],'PX',ARGV[3]) end
return 1`

export type OnceSettings = {
  readonly questions: Questions
  readonly key: string
  readonly content: string
  /** Name of this Pod. */
  readonly by: string
  /** Milliseconds without a heartbeat after which another may take over. */
  readonly lease: number
  /** Milliseconds for which "done" holds, 0 for ever. */
  readonly doneFor: number
  /** Longest time to wait for a loader while none is at work. */
  readonly timeout: number
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** Another loader has taken over: nothing may be written any more. */
export class LeaseLostError extends ToolError {
  readonly exitCode = exitCode.notReady
}

/** One loader at a time: a key with the state of the load, which a dead loader lets expire. */
export class Once {
  readonly #settings: OnceSettings
  readonly #mine: State
  #lost: ((reason: LeaseLostError) => void) | undefined

  constructor(settings: OnceSettings) {
    this.#settings = settings
    const token = builtin('node:crypto').randomBytes(12).toString('hex')
    this.#mine = { state: 'loading', content: settings.content, token, by: settings.by }
  }

  /** What connections of this load are called at the server, so that who takes over can end them. */
  get name(): string {
    return `${this.#family}${this.#mine.token}`
  }

  get #family(): string {
    const hash = builtin('node:crypto').createHash('sha256').update(this.#settings.key).digest('hex').slice(0, 16)
    return `warm-redis:${hash}:`
  }

  /** Waits until the content is there (`done`), or until this loader has the lease (`mine`), if it may take it. */
  async claim(mayTake: boolean): Promise<'done' | 'mine'> {
    const { content, clock, log, signal, timeout, key } = this.#settings
    let deadline = new Deadline(timeout, clock)
    let told = ''
    for (;;) {
      const text = await this.#read()
      const state = text === undefined ? undefined : parseState(text, key)
      if (state?.state === 'done' && state.content === content) return 'done'
      if (
        mayTake &&
        state?.state !== 'loading' &&
        (await this.#swap(text ?? '', formatState(this.#mine), this.#settings.lease))
      ) {
        return 'mine'
      }
      // As long as somebody is at work, the load goes on.
      if (state?.state === 'loading') deadline = new Deadline(timeout, clock)
      const reason =
        state?.state === 'loading' ? `${state.by || 'another'} loads ${key}` : `nobody has loaded ${key} yet`
      if (deadline.remaining() === 0) throw new NotReadyError(`gave up waiting: ${reason}`)
      if (reason !== told) log.info(`waiting: ${reason}`)
      told = reason
      await clock.sleep(Math.min(200 + Math.random() * 600, deadline.remaining()), signal)
    }
  }

  /**
   * Ends every connection of loaders before this one, on every node: one that was only paused cannot write on, and one that
   * connects anew finds that the lease is gone. Call it after `claim` and before the first write.
   */
  async fence(): Promise<void> {
    const { questions } = this.#settings
    for (const { node, answer } of await questions.everywhere('CLIENT', 'LIST')) {
      for (const line of String(answer).split('\n')) {
        const [, name = ''] = / name=(\S+)/.exec(line) ?? []
        const [, id] = /^id=(\d+)/.exec(line) ?? []
        if (id === undefined || !name.startsWith(this.#family) || name === this.name) continue
        await questions.at(node, 'CLIENT', 'KILL', 'ID', id)
      }
    }
  }

  /** Throws LeaseLostError unless this loader has the lease. */
  async check(): Promise<void> {
    if ((await this.#read()) !== formatState(this.#mine)) throw this.#gone()
  }

  /** Runs work while the lease is kept alive; the signal is aborted with a LeaseLostError when it is lost. */
  async hold<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, clock, lease } = this.#settings
    const held = new AbortController()
    const stop = (): void => held.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const over = new AbortController()
    this.#lost = (reason) => held.abort(reason)
    const beat = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await clock.sleep(lease / 3, over.signal)
        if (!(await this.#swap(formatState(this.#mine), formatState(this.#mine), lease))) this.#lost?.(this.#gone())
      }
    }
    // A server that cannot be asked cannot be written to either: the load itself finds out.
    beat().catch(() => {})
    try {
      return await work(held.signal)
    } finally {
      over.abort()
      signal.removeEventListener('abort', stop)
    }
  }

  /** Tells the others that the content is there. Throws LeaseLostError when another has taken over. */
  async done(): Promise<void> {
    const state = formatState({ ...this.#mine, state: 'done' })
    if (!(await this.#swap(formatState(this.#mine), state, this.#settings.doneFor))) throw this.#gone()
  }

  /** Lets another one begin at once. */
  async release(): Promise<void> {
    await this.#swap(formatState(this.#mine), '', 0).catch(() => false)
  }

  #gone(): LeaseLostError {
    return new LeaseLostError(`another loader has taken over ${this.#settings.key}`)
  }

  async #read(): Promise<string | undefined> {
    const { questions, key } = this.#settings
    const text = await questions.about(Buffer.from(key), 'GET', key)
    return text === null || text === undefined ? undefined : String(text)
  }

  async #swap(from: string, to: string, time: number): Promise<boolean> {
    const { questions, key } = this.#settings
    return (await questions.about(Buffer.from(key), 'EVAL', swap, '1', key, from, to, String(time))) === 1
  }
}
