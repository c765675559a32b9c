import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asOutputError, publishSet, type Slot, UsageError } from '@initbox/core'
import { untilDone } from '../attempts.ts'
import type { Filled } from '../publish/place.ts'
import { clone, type Into, type Means, type Outcome, published } from './clone.ts'
import type { Plan } from './plan.ts'

/** A tree that is ready to take its place. */
type Made = { readonly plan: Plan; readonly filled: Filled; readonly inode: number }

/** Publishes several repositories: when one cannot be had, none is. What is there already stays as it is. */
export async function publishTogether(plans: readonly Plan[], means: Means): Promise<readonly Outcome[]> {
  const { clock, signal, log } = means.context
  const [first] = plans
  if (plans.some(({ to }) => to.path === '.'))
    throw new UsageError('out: . is the volume itself, and several repositories need a folder each')
  const settings = { signal, mode: first?.modes.folder, link: first?.publish === 'symlink' }
  const all = await publishSet(
    plans.map(({ to }) => to),
    async (slots) => {
      const made: Made[] = []
      const outcomes: Outcome[] = []
      for (const [index, plan] of plans.entries()) {
        const slot = slots[index]
        if (slot === undefined) continue
        const into = intoSlot(slot, plan, (each) => made.push(each))
        const attempt = (): Promise<Outcome> => clone(plan, means, into)
        const outcome = published(plan) ?? (await untilDone(attempt, { ...means, clock, signal, log }))
        outcomes.push(outcome)
      }
      // Should this run be killed while they are switched, the next knows each for ours.
      for (const { plan, filled, inode } of made) await plan.place.note(filled, inode)
      return outcomes
    },
    settings,
  )
  for (const { place } of plans) place.switched()
  return all
}

function intoSlot(slot: Slot, plan: Plan, done: (made: Made) => void): Into {
  let staging: string | undefined
  return async (fill) => {
    plan.place.refuseForeign()
    staging ??= slot.folder()
    // What a try before this one left.
    for (const name of readdirSync(staging)) rmSync(join(staging, name), { recursive: true })
    try {
      const filled = await fill(staging)
      done({ plan, filled, inode: statSync(staging).ino })
      slot.finishFolder()
      return filled
    } catch (error) {
      throw asOutputError(plan.to, error)
    }
  }
}
