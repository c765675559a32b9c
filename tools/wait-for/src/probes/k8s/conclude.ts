import { RefusedError } from '@initbox/core'
import { NotYet } from '@initbox/net'
import type { Finding } from './finding.ts'

/** Which objects must be ready, and how many of them. */
export type Choice = {
  readonly name: string | undefined
  readonly selector: string | undefined
  /** Undefined: all that there are, and at least one. */
  readonly min: number | undefined
  /** A Service, whose endpoints are counted. */
  readonly service: boolean
  readonly plural: string
  readonly where: string
}

/** Returns the fact worth telling when enough of what was found is ready; else throws why not. */
export function conclude(findings: readonly Finding[], choice: Choice): string {
  const { name, selector, min, service, plural, where } = choice
  if (service) return concludeService(findings, choice)
  if (findings.length === 0) {
    const what = name === undefined ? `no ${plural} match ${selector ?? ''}` : `${plural} ${name} does not exist`
    // The most frequent surprise: a Job that has long been done and cleaned up.
    const hint = plural === 'jobs' ? 'a Job with ttlSecondsAfterFinished is deleted when it is done' : undefined
    throw new NotYet('missing', `${what}${where}`, { gone: true, hint })
  }
  const [first] = findings
  if (name !== undefined && first !== undefined) {
    if (typeof first.told === 'string') return first.told
    throw first.told
  }
  const counted = findings.filter(({ leaving }) => !leaving)
  const ready = findings.filter((each) => each.ready.length > 0)
  const waiting = counted.flatMap(({ told }) => (typeof told === 'string' ? [] : [told]))
  const failed = findings.flatMap(({ leaving, told }) => (leaving && typeof told !== 'string' ? [told] : []))
  const refused = waiting.find((each) => each instanceof RefusedError)
  if (min === undefined && refused !== undefined) throw refused
  const enough = min === undefined ? counted.length > 0 && waiting.length === 0 : ready.length >= min
  const told = `${ready.length} of ${min ?? counted.length} ready`
  if (enough) return `${ready.length} ready`
  const [why] = [...waiting, ...failed]
  throw new NotYet(
    told,
    `${told} of the ${plural} that match ${selector ?? ''}${why === undefined ? '' : `; one: ${why.message}`}`,
  )
}

function concludeService(findings: readonly Finding[], { name = '', min = 1, where }: Choice): string {
  if (findings.length === 0) {
    throw new NotYet('missing', `there is no EndpointSlice of the Service ${name}${where}`, { gone: true })
  }
  const { size } = new Set(findings.flatMap(({ ready }) => ready))
  const told = `${size} ready endpoint${size === 1 ? '' : 's'}`
  if (size >= min) return told
  throw new NotYet(size === 0 ? 'no endpoints' : `${size} of ${min}`, `the Service ${name} has ${told}, not ${min}`)
}
