const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type Interruption = keyof typeof codes

/**
 * Runs `use` with a signal that aborts on Ctrl-C, SIGTERM and SIGHUP, so that what was started can be ended before the process ends.
 * `use` has 30 s for that. The exit code is then 128 + signal.
 */
export async function withInterruption<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let watchdog: NodeJS.Timeout | undefined
  const interrupt = (name: Interruption): void => {
    // One Ctrl-C can arrive twice: from the terminal, and passed on by the npm script.
    if (controller.signal.aborted) return
    process.exitCode = codes[name]
    watchdog = setTimeout(() => process.exit(), 30_000).unref()
    controller.abort(new Error(`interrupted by ${name}`))
  }
  const listeners = (Object.keys(codes) as Interruption[]).map((name) => [name, () => interrupt(name)] as const)
  for (const [name, listener] of listeners) process.on(name, listener)
  try {
    return await use(controller.signal)
  } finally {
    clearTimeout(watchdog)
    for (const [name, listener] of listeners) process.off(name, listener)
  }
}
