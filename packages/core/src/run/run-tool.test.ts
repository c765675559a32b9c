import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeniedError, NotReadyError } from '../errors/errors.ts'
import { option } from '../options/option.ts'
import { runInWorld } from './run-tool.ts'
import { type Context, defineTool, type Tool } from './tool.ts'

let terminationLog: string
beforeEach(() => {
  terminationLog = join(mkdtempSync(join(tmpdir(), 'run-tool-')), 'termination-log')
  writeFileSync(terminationLog, '')
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(join(terminationLog, '..'), { recursive: true })
})

const options = { count: option.integer({ default: '1', help: 'How many' }), token: option.secret({ help: 'Token' }) }
type Run = Tool<typeof options>['run']

/** Runs a tool in a world of its own; `events` is its process. */
async function run(
  work: Run,
  argv: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  events = new EventEmitter(),
) {
  let log = ''
  let output = ''
  const tool = defineTool({ name: 'my-tool', summary: 'does it', options, run: work })
  const code = await runInWorld(tool, {
    argv,
    environment,
    events,
    writeError: (text) => (log += text),
    writeOutput: (text) => (output += text),
    terminationLog,
    grace: 800,
  })
  return { code, log, output, message: readFileSync(terminationLog, 'utf8') }
}

test('success: the sentence ends the log, and is the termination message', async () => {
  const result = await run(async ({ count }, { log }) => {
    log.info('working')
    return `wrote ${count} file`
  })
  expect(result).toEqual({ code: 0, log: 'working\nwrote 1 file\n', output: '', message: 'wrote 1 file' })
})

test('JSON lines carry exit code, duration, hint and what the error is about', async () => {
  const json = { LOG_FORMAT: 'json' }
  const done = await run(async () => 'done', [], json)
  expect(JSON.parse(done.log)).toMatchObject({ message: 'done', exit_code: 0, duration: expect.any(Number) })
  const failed = await run(
    async () => {
      throw new DeniedError('cannot read a', { hint: 'ask', fields: { path: '/a' } })
    },
    [],
    json,
  )
  expect(JSON.parse(failed.log)).toMatchObject({ exit_code: 3, hint: 'ask', path: '/a', duration: expect.any(Number) })
})

test('a run that goes on tells its first result, and its last at SIGTERM', async () => {
  const events = new EventEmitter()
  const result = await run(
    async (_, { ready, signal }) => {
      ready('fetched 3 secrets')
      setImmediate(() => events.emit('SIGTERM'))
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return 'stopped, 3 secrets are in place'
    },
    [],
    {},
    events,
  )
  const message = 'stopped, 3 secrets are in place'
  expect(result).toEqual({ code: 0, log: `fetched 3 secrets\n${message}\n`, output: '', message })
})

test('a known error: one line, its hint, its exit code; its causes only for LOG_LEVEL=debug', async () => {
  const fail = async (): Promise<never> => {
    const cause = new Error('socket hang up', { cause: new Error('reset') })
    throw new DeniedError('cannot read secret:\n  403', { hint: 'ask for the role', cause })
  }
  const sentence = 'cannot read secret: 403 (hint: ask for the role)'
  expect(await run(fail)).toEqual({ code: 3, log: `error: ${sentence}\n`, output: '', message: sentence })
  const { log } = await run(fail, [], { LOG_LEVEL: 'debug' })
  expect(log).toMatch(
    /^error: .*\ndebug: caused by Error: socket hang up\n {6}at [\s\S]*\ndebug: caused by Error: reset\n/,
  )
})

test('a bug: its stack in the log, its first line in the termination message', async () => {
  const { code, log, message } = await run(async () => {
    throw new TypeError('x is not a function')
  })
  expect(code).toBe(1)
  expect(log).toMatch(/^error: a bug in initbox: TypeError: x is not a function\n {6}at .*run-tool\.test\.ts/)
  expect(message).toBe('a bug in initbox: TypeError: x is not a function')
})

test.each([
  ['a string', 'oops', 'a bug in initbox: oops'],
  ['undefined', undefined, 'a bug in initbox: not an Error but undefined'],
  ['an object that cannot be printed', Object.create(null), 'a bug in initbox: not an Error but object'],
])('a bug that throws %s', async (_, thrown: unknown, message) => {
  const result = await run(() => Promise.reject(thrown))
  expect(result).toEqual({ code: 1, log: `error: ${message}\n`, output: '', message })
})

test('causes that go round in a circle come to an end', async () => {
  const error = new Error('round')
  error.cause = error
  expect(await run(() => Promise.reject(error))).toMatchObject({ code: 1 })
})

test('a secret is in no log line, stack or termination message', async () => {
  const environment = { MY_TOOL_TOKEN: 'hunter2!', LOG_LEVEL: 'debug' }
  const failures: Run[] = [
    async ({ token }, { log }) => {
      log.debug(`asking with ${token?.reveal()}`, { token: token?.reveal() })
      return `asked with ${token?.reveal()} and ${token}`
    },
    async ({ token }) => {
      throw new NotReadyError(`refused ${token?.reveal()}`, {
        cause: new Error(`Basic ${btoa(`:${token?.reveal()}`)}`),
      })
    },
    async ({ token }) => {
      throw new Error(`no ${token?.reveal()}`)
    },
  ]
  for (const failure of failures) {
    const { log, message } = await run(failure, [], environment)
    expect(log + message).toContain('[redacted]')
    expect(log + message).not.toMatch(/hunter2|OmhHVudGVyMi/)
  }
})

test('a secret of several short lines does not survive in the one line of an error', async () => {
  const result = await run(
    async ({ token }) => {
      throw new DeniedError(`refused ${token?.reveal()}`)
    },
    [],
    { MY_TOOL_TOKEN: 'ab\ncd\nef' },
  )
  expect(result).toMatchObject({ log: 'error: refused [redacted]\n', message: 'refused [redacted]' })
})

test('wrong options: exit 2, every problem at once, and the tool does not run', async () => {
  const { code, log, message } = await run(() => Promise.reject(new Error('ran')), ['--count', '12x', '--colour'], {
    LOG_LEVEL: 'loud',
  })
  const sentence =
    "2 problems: unknown flag --colour; --count (MY_TOOL_COUNT) must be a whole number, not '12x' (hint: my-tool --help lists the options)"
  expect({ code, log, message }).toEqual({ code: 2, log: `error: ${sentence}\n`, message: sentence })
})

test('--help and --version go to stdout, whatever else is wrong, and leave no termination message', async () => {
  const help = await run(() => Promise.reject(new Error('ran')), ['--colour', '--help'], { LOG_LEVEL: 'loud' })
  expect(help).toMatchObject({ code: 0, log: '', message: '' })
  expect(help.output).toMatch(/^my-tool: does it\n\nUsage: my-tool \[flags\]\n/)
  const widest = async (environment: Readonly<Record<string, string>>) =>
    Math.max(
      ...(await run(() => Promise.reject(new Error('ran')), ['--help'], environment)).output
        .split('\n')
        .map(({ length }) => length),
    )
  expect(await widest({ COLUMNS: '60' })).toBeLessThanOrEqual(60)
  expect(await widest({ COLUMNS: '110' })).toBeGreaterThan(100)
  // Neither a terminal nor a width that is none.
  expect(await widest({ COLUMNS: 'wide' })).toBe(await widest({ COLUMNS: String(process.stdout.columns || 80) }))
  expect(await run(() => Promise.reject(new Error('ran')), ['--version'])).toMatchObject({ output: 'my-tool dev\n' })
})

test('the log can be JSON', async () => {
  const { log } = await run(async () => 'done', [], { LOG_FORMAT: 'json' })
  expect(JSON.parse(log)).toMatchObject({ level: 'info', tool: 'my-tool', message: 'done' })
})

const untilAborted = ({ signal }: Context): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
])('%s aborts the signal and ends with %d', async (name, code) => {
  const events = new EventEmitter()
  const result = run((_, context) => untilAborted(context), [], {}, events)
  events.emit(name)
  events.emit('SIGTERM')
  expect(await result).toEqual({ code, log: `error: stopped by ${name}\n`, output: '', message: `stopped by ${name}` })
})

test('a signal that came before anyone asked for the AbortSignal is not lost', async () => {
  const events = new EventEmitter()
  const result = run(
    async (_, context) => {
      events.emit('SIGTERM')
      context.signal.throwIfAborted()
      return 'not stopped'
    },
    [],
    {},
    events,
  )
  expect(await result).toMatchObject({ code: 143 })
})

test('a signal at the very start of a tool that does not stop is not lost either', async () => {
  vi.useFakeTimers()
  const events = new EventEmitter()
  const result = run(
    () => {
      events.emit('SIGTERM')
      return new Promise(() => {})
    },
    [],
    {},
    events,
  )
  await vi.advanceTimersByTimeAsync(800)
  expect(await result).toMatchObject({ code: 143 })
})

test('what a tool throws because it is stopped does not change the exit code, and is told for LOG_LEVEL=debug', async () => {
  const events = new EventEmitter()
  const result = run(
    async (_, context) => {
      await untilAborted(context).catch(() => {})
      throw new NotReadyError('connection closed')
    },
    [],
    { LOG_LEVEL: 'debug' },
    events,
  )
  events.emit('SIGTERM')
  const { code, log, message } = await result
  expect({ code, message }).toEqual({ code: 143, message: 'stopped by SIGTERM' })
  expect(log).toMatch(/^debug: while stopping: NotReadyError: connection closed\n[\s\S]*\nerror: stopped by SIGTERM\n$/)
})

test('a tool that finished its work in spite of SIGTERM is done', async () => {
  const events = new EventEmitter()
  const result = run(
    async (_, { signal }) => {
      events.emit('SIGTERM')
      return signal.aborted ? 'wrote ip.txt' : 'not stopped'
    },
    [],
    {},
    events,
  )
  expect(await result).toMatchObject({ code: 0, message: 'wrote ip.txt' })
})

test('a tool that does not stop is given up after the grace', async () => {
  vi.useFakeTimers()
  const events = new EventEmitter()
  const result = run(() => new Promise(() => {}), [], {}, events)
  let over = false
  void result.then(() => (over = true))
  events.emit('SIGTERM')
  await vi.advanceTimersByTimeAsync(799)
  expect(over).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await result).toMatchObject({ code: 143, message: 'stopped by SIGTERM' })
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['a bug', new TypeError('x is not a function'), 1, 'a bug in initbox: TypeError: x is not a function'],
  ['a known error', new DeniedError('403'), 3, '403'],
  ['no error at all', Object.create(null), 1, 'a bug in initbox: not an Error but object'],
])('an error that nobody caught stops the tool: %s', async (_, error, code, message) => {
  const events = new EventEmitter()
  const result = run((__, context) => untilAborted(context), [], {}, events)
  events.emit('uncaughtException', error)
  expect(await result).toMatchObject({ code, message })
})

test('an error that nobody caught fails the run even when the tool says that it is done', async () => {
  const events = new EventEmitter()
  const result = run(
    async () => {
      events.emit('uncaughtException', new Error('lost'))
      return 'done'
    },
    [],
    {},
    events,
  )
  expect(await result).toMatchObject({ code: 1, message: 'a bug in initbox: Error: lost' })
})

test('a stray error while stopping does not hide the signal', async () => {
  const events = new EventEmitter()
  const result = run((_, context) => untilAborted(context), [], {}, events)
  events.emit('SIGTERM')
  events.emit('uncaughtException', new Error('socket closed'))
  expect(await result).toMatchObject({ code: 143, log: 'error: stopped by SIGTERM\n' })
})

test('a tool that waits for nothing is a bug, not a success', async () => {
  vi.useFakeTimers()
  const events = new EventEmitter()
  const result = run(() => new Promise(() => {}), [], {}, events)
  events.emit('beforeExit')
  await vi.advanceTimersByTimeAsync(800)
  expect(await result).toMatchObject({
    code: 1,
    message: 'a bug in initbox: Error: it waited for something that cannot happen any more',
  })
})

test("Node's warnings go to the log, redacted, and only there", async () => {
  const events = new EventEmitter()
  const printed: Error[] = []
  events.on('warning', (warning: Error) => printed.push(warning))
  const { log } = await run(
    async () => {
      events.emit('warning', new Error('hunter2! is deprecated'))
      return 'done'
    },
    [],
    { LOG_LEVEL: 'debug', MY_TOOL_TOKEN: 'hunter2!' },
    events,
  )
  expect(log).toBe('debug: Error: [redacted] is deprecated\ndone\n')
  expect(printed).toEqual([])
})
