import { type Context, UsageError, type Values } from '@initbox/core'
import { AdvisedError } from './probes/k8s/advised.ts'
import type { options } from './options.ts'
import { secretOf } from './credentials.ts'
import { parseTargets, type PreparedTarget, type TargetText } from './targets.ts'
import { RunScope } from './wait/run-scope.ts'
import { waitForQuorum } from './wait/wait-for-quorum.ts'
import { waitFor, type WaitSettings } from './wait/waiter.ts'
import { reportProgress } from './report/report-progress.ts'
import { failureOf, summaryOf } from './report/summary.ts'
import { ProgressLog } from './report/progress-log.ts'

type Given = Values<typeof options>

/** Waits until as many targets are ready as `--mode` says; all of them are tried at the same time. */
export async function run(values: Given, context: Context): Promise<string> {
  const scope = new RunScope(context.signal)
  try {
    const subjects = await prepare(values, context, scope)
    const need = values.mode === 'all' ? subjects.length : values.mode
    const progress = new ProgressLog(subjects, context, need)
    // Most runs are over before there is anything to show.
    scope.beside(100, (signal) => reportProgress(progress, { ...context, signal }))
    const failure = await waitForQuorum(subjects, need, (subject) =>
      waitForOne(subject, settingsOf(subject, values), progress, { ...context, signal: scope.signal }),
    )
    await scope.over(progress.entries.some(({ outcome }) => outcome === 'waiting'))
    context.signal.throwIfAborted()
    if (failure !== undefined) {
      if (failure.error instanceof AdvisedError) context.log.info(failure.error.advice)
      throw failureOf(failure, progress)
    }
    return summaryOf(progress)
  } finally {
    await scope.over(true)
  }
}

async function waitForOne(
  subject: PreparedTarget,
  settings: WaitSettings,
  progress: ProgressLog,
  context: Context,
): Promise<void> {
  try {
    const fact = await waitFor(subject, settings, progress, { ...context, random: Math.random })
    progress.done(subject, settings.invert ? 'gone' : 'ready', fact)
  } catch (error) {
    if (!context.signal.aborted) progress.failed(subject, error)
    throw error
  }
}

/** Reads all targets, from the command line and the configuration; reports every malformed one together. */
async function prepare(values: Given, context: Context, scope: RunScope): Promise<readonly PreparedTarget[]> {
  const { environment, redactor } = context
  const texts: TargetText[] = values.targets.map((text) => ({ text }))

  if (values.config !== undefined) texts.push(...(await import('./config.ts')).readConfig(values.config))
  const secret = (name: string): ReturnType<typeof secretOf> => secretOf(name, environment, redactor)
  const probeContext = {
    environment,
    redactor,
    secret,
    get signal() {
      return scope.watched
    },
  }
  const parsed = await parseTargets(texts, probeContext)
  const problems = [...parsed.problems]
  if (texts.length === 0) problems.push('--config (WAIT_FOR_CONFIG) names no target')
  if (values.mode !== 'all' && values.mode > texts.length) {
    problems.push(`--mode (WAIT_FOR_MODE) asks for ${values.mode} of only ${texts.length} targets`)
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '' : `${problems.length} problems: `
    throw new UsageError(`${count}${problems.join('; ')}`, { hint: 'wait-for --help lists the options' })
  }
  for (const { label, visiblePassword } of parsed.subjects) {
    if (visiblePassword && !environment['WAIT_FOR_TARGETS']) {
      context.log.warning(`${label}: a password on the command line is visible to others; use ?password-env=NAME`)
    }
  }
  return parsed.subjects
}

/** What a target says about itself beats what the flags say for all. */
function settingsOf({ overrides }: PreparedTarget, values: Given): WaitSettings {
  return {
    timeout: overrides.timeout ?? values.timeout,
    attemptTimeout: overrides.attemptTimeout ?? values.attemptTimeout,
    interval: overrides.interval ?? values.interval,
    successes: overrides.successes ?? values.successes,
    within: overrides.within ?? values.within,
    invert: overrides.invert ?? values.invert,
    failFast: values.failFast,
    retryDenied: overrides.retryDenied,
  }
}
