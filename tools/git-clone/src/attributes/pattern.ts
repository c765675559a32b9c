/**
 * Makes a test of a pattern of `.gitattributes` (gitattributes, gitignore "PATTERN FORMAT"). One without a slash is
 * compared with the last part of a path, any other with the whole path below the file's folder; `path` is a binary
 * string. Undefined for a pattern that matches nothing: one of a folder, or an exclusion.
 */
export function patternTest(pattern: string): ((path: string) => boolean) | undefined {
  if (pattern === '' || pattern.endsWith('/') || pattern.startsWith('!')) return undefined
  const isAnchored = pattern.includes('/')
  const test = wildTest(pattern.replace(/^\//, ''))
  return isAnchored ? test : (path) => test(path.slice(path.lastIndexOf('/') + 1))
}

/**
 * git's wildmatch with WM_PATHNAME: `*` and `?` stop at slashes, `**` between slashes does not. Walks pattern and path with
 * a list of the places where both can be, so that no pattern takes more than their product.
 */
function wildTest(pattern: string): (path: string) => boolean {
  const steps = compile(pattern)
  return (path) => {
    let at = closure(steps, new Set([0]))
    for (const character of path) {
      const next = new Set<number>()
      for (const index of at) {
        const step = steps[index]
        if (step?.takes(character)) next.add(step.stays ? index : index + 1)
      }
      if (next.size === 0) return false
      at = closure(steps, next)
    }
    return at.has(steps.length)
  }
}

type Step = {
  readonly takes: (character: string) => boolean
  /** May take any number of characters. */
  readonly stays: boolean
  /** How many steps further one may be without taking a character. */
  readonly skips: readonly number[]
}

function closure(steps: readonly Step[], from: Set<number>): Set<number> {
  for (const index of from) for (const skip of steps[index]?.skips ?? []) from.add(index + skip)
  return from
}

const notSlash = (character: string): boolean => character !== '/'
const anything = (): boolean => true
const one = (takes: Step['takes']): Step => ({ takes, stays: false, skips: [] })

function compile(pattern: string): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    if (character === '*') {
      const begin = at
      while (pattern[at + 1] === '*') at++
      const isWhole = at === begin + 1 && (begin === 0 || pattern[begin - 1] === '/')
      if (isWhole && pattern[at + 1] === '/') {
        // `**/` is nothing, or any folders with a slash after them.
        steps.push(
          { takes: () => false, stays: false, skips: [1, 3] },
          { takes: anything, stays: true, skips: [1] },
          one((each) => each === '/'),
        )
        at++
      } else steps.push({ takes: isWhole && at + 1 === pattern.length ? anything : notSlash, stays: true, skips: [1] })
    } else if (character === '?') steps.push(one(notSlash))
    else if (character === '[') {
      const found = characterClass(pattern, at)
      if (found === undefined) return [one(() => false)]
      steps.push(one(found.takes))
      at = found.end
    } else {
      const wanted = character === '\\' ? (pattern[++at] ?? '') : character
      steps.push(one((each) => each === wanted))
    }
  }
  return steps
}

const named: Readonly<Record<string, RegExp>> = {
  alnum: /[a-z\d]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  digit: /\d/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[\da-f]/i,
}

function characterClass(pattern: string, begin: number): { takes: Step['takes']; end: number } | undefined {
  let at = begin + 1
  const negated = pattern[at] === '!' || pattern[at] === '^'
  if (negated) at++
  const tests: Step['takes'][] = []
  for (let first = true; ; first = false, at++) {
    let low = pattern[at]
    if (low === undefined) return undefined
    if (low === ']' && !first) break
    const [whole, name = ''] = low === '[' ? (/^\[:(\w+):\]/.exec(pattern.slice(at)) ?? []) : []
    const known = named[name]
    if (whole !== undefined && known !== undefined) {
      tests.push((each) => known.test(each))
      at += whole.length - 1
      continue
    }
    if (low === '\\') low = pattern[++at] ?? ''
    let high = low
    if (pattern[at + 1] === '-' && pattern[at + 2] !== ']' && pattern[at + 2] !== undefined) {
      at += 2
      high = pattern[at] === '\\' ? (pattern[++at] ?? '') : (pattern[at] ?? '')
    }
    const [from, to] = [low, high]
    tests.push((each) => each >= from && each <= to)
  }
  return { takes: (each) => each !== '/' && tests.some((test) => test(each)) !== negated, end: at }
}
