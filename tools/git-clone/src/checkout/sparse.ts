import { patternTest } from '../attributes/pattern.ts'
import type { Selection } from './selection.ts'

/** What makes one line, and with it all of them, a pattern and not the name of a folder. */
const wild = /[*?[\\!#]|^\//

/**
 * The part of a tree that `git sparse-checkout set` takes: for folders as its cone mode does (all that is in them, and the
 * files beside each folder on the way), and as soon as one line is a pattern as `--no-cone` does. Lines are as the user
 * wrote them; throws a plain Error whose message completes "`--sparse` …".
 */
export function sparse(lines: readonly string[], top: string): Selection {
  const given = lines.map((line) => Buffer.from(line.trim()).toString('latin1')).filter((line) => line !== '')
  const isCone = !given.some((line) => wild.test(line))
  return isCone ? coneOf(given, top) : patternsOf(given, top)
}

/** As git-sparse-checkout, "CONE PATTERN SET". */
function coneOf(lines: readonly string[], top: string): Selection {
  const whole = new Set<string>()
  /** Folders on the way, of which the files are taken. */
  const above = new Set<string>([''])
  const missing = new Map<string, string>()
  for (const line of lines) {
    const folder = line.replace(/\/+$/, '')
    if (folder.split('/').some((part) => part === '..' || part === '.' || part === ''))
      throw new Error(`must be a folder of the repository, or a pattern, not '${line}'`)
    whole.add(folder)
    missing.set(folder, folder)
    for (let end = folder.lastIndexOf('/'); end !== -1; end = folder.lastIndexOf('/', end - 1))
      above.add(folder.slice(0, end))
  }
  const isWhole = remembered((folder, parent) => whole.has(folder) || parent)
  const outermost = [...whole].filter((folder) => !isWhole(parentOf(folder)))
  const onTheWay = [...above].filter((folder) => folder !== '' && !isWhole(folder))
  return {
    top,
    isSparse: true,
    sparse: {
      isCone: true,
      lines: [
        '/*',
        '!/*/',
        ...onTheWay.toSorted().flatMap((folder) => [`/${folder}/`, `!/${folder}/*/`]),
        ...outermost.toSorted().map((folder) => `/${folder}/`),
      ],
    },
    includes: (path, isFolder) => {
      if (!isFolder) {
        if (missing.has(path)) missing.set(path, `${path} (a file: --sparse /${path} takes it alone)`)
        return above.has(parentOf(path)) || isWhole(parentOf(path))
      }
      missing.delete(path)
      return above.has(path) || isWhole(path)
    },
    missing: () => [...missing.values()],
  }
}

type Pattern = { readonly isWanted: boolean; readonly isFolder: boolean; readonly matches: (path: string) => boolean }

/** As git-sparse-checkout, "FULL PATTERN SET": the last pattern that matches decides, else what holds for the folder. */
function patternsOf(lines: readonly string[], top: string): Selection {
  const patterns = lines.flatMap((line) => parsePattern(line) ?? []).toReversed()
  const decide = (path: string, isFolder: boolean): boolean | undefined =>
    patterns.find((each) => (isFolder || !each.isFolder) && each.matches(path))?.isWanted
  const isWanted = remembered((folder, parent) => decide(folder, true) ?? parent)
  return {
    top,
    isSparse: true,
    sparse: { isCone: false, lines },
    // A folder that is not wanted may have something in it that is.
    includes: (path, isFolder) => isFolder || (decide(path, false) ?? isWanted(parentOf(path))),
    missing: () => [],
  }
}

function parsePattern(line: string): Pattern | undefined {
  if (line.startsWith('#')) return undefined
  const isWanted = !line.startsWith('!')
  const text = isWanted ? line : line.slice(1)
  const plain = text.replace(/\/+$/, '').replace(/^\\([!#])/, '[$1]')
  const matches = patternTest(plain)
  return matches && { isWanted, isFolder: text.endsWith('/'), matches }
}

/** Remembers what was found for each folder; the top is not wanted of itself. */
function remembered(find: (folder: string, parent: boolean) => boolean): (folder: string) => boolean {
  const known = new Map<string, boolean>([['', false]])
  return function look(folder: string): boolean {
    const before = known.get(folder)
    if (before !== undefined) return before
    const found = find(folder, look(parentOf(folder)))
    known.set(folder, found)
    return found
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
