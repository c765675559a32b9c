import { Redactor } from '@initbox/core'
import type { ProbeContext } from '../probes/probe.ts'
import { secretOf } from '../credentials.ts'
import { parseTargets, type PreparedTarget } from '../targets.ts'
import { limited } from '../wait/attempt.ts'

type World = { readonly environment?: Readonly<Record<string, string>>; readonly signal?: AbortSignal }

/** Parses a target as the tool does. Rejects with a plain Error that lists the problems of a malformed one. */
export async function prepared(text: string, world: World = {}): Promise<PreparedTarget> {
  const { environment = {}, signal = new AbortController().signal } = world
  const redactor = new Redactor()
  const secret: ProbeContext['secret'] = (name) => secretOf(name, environment, redactor)
  const { subjects, problems } = await parseTargets([{ text }], { signal, environment, redactor, secret })
  const [subject] = subjects
  if (subject === undefined) throw new Error(problems.join('; '))
  return subject
}

/** One attempt on a target: resolves with its fact, rejects as the probe does; after `limit` milliseconds as the tool does. */
export async function probeOnce(
  text: string,
  { limit = 2_000, ...world }: World & { readonly limit?: number } = {},
): Promise<string | undefined> {
  const { attempt } = await prepared(text, world)
  return limited(limit, world.signal ?? new AbortController().signal, attempt)
}
