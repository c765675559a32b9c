import { readConfig } from '@initbox/config'
import { type Context, formatCount, listSome, UsageError, type Values, writeOutput } from '@initbox/core'
import { runChecks } from './checks/checks.ts'
import type { options } from './options.ts'
import { type Plan, planShape } from './plan.ts'
import { copySteps } from './steps/copies.ts'
import { fileSteps, folderSteps, linkSteps } from './steps/entries.ts'
import { ownerSteps } from './steps/owner.ts'
import { removalSteps } from './steps/removals.ts'
import type { Step } from './steps/step.ts'
import { linkLoop, linkProblem } from './values.ts'

type Settings = Values<typeof options>

/** Checks what was asked for, then does what differs, step by step; with `plan` it only says so. */
export async function run(settings: Settings, context: Context): Promise<string> {
  const plan = planOf(settings)
  const checked = runChecks(plan.checks)
  if (settings.command === 'check') {
    if (checked === 0)
      throw new UsageError('there is nothing to check', { hint: 'name --free, --writable, --sysctl …' })
    return `${formatCount(checked)} ${checked === 1 ? 'check' : 'checks'}: all is well`
  }
  const steps = stepsOf(plan, settings, context)
  if (steps.length === 0) throw new UsageError('there is nothing to do', { hint: 'name --config, --folder, --copy …' })
  return settings.command === 'plan' ? tell(steps) : apply(steps, context)
}

/** In this order: what is copied lies in folders of the right mode, and links find their targets. */
function stepsOf(plan: Plan, { when }: Settings, context: Context): Step[] {
  return [
    ...folderSteps(plan.folders),
    ...copySteps(plan.copies, when, context),
    ...linkSteps(plan.links),
    ...fileSteps(plan.files),
    ...removalSteps(plan.remove),
    ...(plan.owner === undefined ? [] : ownerSteps(plan, plan.owner)),
  ]
}

async function apply(steps: readonly Step[], { signal }: Context): Promise<string> {
  const done: string[] = []
  let warnings = 0
  for (const step of steps) {
    signal.throwIfAborted()
    const result = await step.apply()
    if (result === undefined) warnings++
    else done.push(result)
  }
  if (done.length === 0) return `nothing to do: all ${formatCount(steps.length)} steps are done already`
  return `${listSome(done)}${warnings > 0 ? `; ${formatCount(warnings)} of ${formatCount(steps.length)} steps were done already` : ''}`
}

async function tell(steps: readonly Step[]): Promise<string> {
  const lines: string[] = []
  for (const step of steps) lines.push(...(await step.pending()))
  for (const line of lines) writeOutput(`${line}\n`)
  return lines.length === 0 ? 'nothing to do' : `${formatCount(lines.length)} changes to make, and nothing was written`
}

/** The configuration, and after it what the flags name. Throws UsageError. */
function planOf(settings: Settings): Plan {
  const option = '--config (PREPARE_VOLUME_CONFIG)'
  const config = readConfig(settings.config ?? '{}', planShape, { option })
  const { checks } = config
  const plan: Plan = {
    folders: [...config.folders, ...settings.folder],
    copies: [...config.copies, ...settings.copy],
    links: [...config.links, ...settings.link],
    files: [...config.files, ...settings.file.map((path) => ({ path, mode: undefined }))],
    remove: [...config.remove, ...settings.remove],
    owner: settings.owner ?? config.owner,
    checks: {
      free: settings.free ?? checks.free,
      inodes: settings.inodes ?? checks.inodes,
      writable: settings.writable || checks.writable,
      tmpfs: settings.tmpfs === undefined ? checks.tmpfs : settings.tmpfs === 'yes',
      mountOptions: [...checks.mountOptions, ...settings.mountOption],
      sysctls: [...checks.sysctls, ...settings.sysctl],
      memory: settings.memory ?? checks.memory,
      cpus: settings.cpus ?? checks.cpus,
    },
  }
  const problems = plan.links.flatMap((link) => linkProblem(link) ?? [])
  const loop = linkLoop(plan.links)
  if (loop !== undefined) problems.push(`the link ${loop} leads back to itself`)
  if (problems.length > 0) throw new UsageError(problems.join('; '))
  return plan
}
