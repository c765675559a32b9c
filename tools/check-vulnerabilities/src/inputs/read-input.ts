import { NotFoundError, readText, RefusedError, ToolError, UsageError } from '@initbox/core'
import { readCycloneDx, readSpdx } from './bills.ts'
import type { Inventory } from './component.ts'
import { readApk, readDpkg } from './distribution.ts'
import { readCargoLock, readGoMod, readGoSum, readPythonLock, readRequirements } from './locks.ts'
import { readPackageLock, readPnpmLock, readYarnLock } from './npm.ts'

/** A file that says what the application is made of, and how to read it where its name does not say so. */
export type Input = { readonly kind: Kind | undefined; readonly path: string }

type Format = {
  /** What the file is usually called. */
  readonly names: RegExp
  /** What only such a file begins with. */
  readonly begins?: RegExp
  readonly read: (document: string, release: string) => Inventory
  /** Needs the os-release of the image that the file lies in. */
  readonly distribution?: true
}

/** Every kind of input: one line each. */
const formats = {
  cyclonedx: { names: /(\.cdx|^bom)\.json$/, begins: /"bomFormat"\s*:\s*"CycloneDX"/, read: readCycloneDx },
  spdx: { names: /\.spdx\.json$/, begins: /"spdxVersion"\s*:\s*"SPDX-2/, read: readSpdx },
  'package-lock': {
    names: /^(package-lock|npm-shrinkwrap)\.json$/,
    begins: /"lockfileVersion"\s*:/,
    read: readPackageLock,
  },
  'pnpm-lock': { names: /^pnpm-lock\.yaml$/, read: readPnpmLock },
  'yarn-lock': { names: /^yarn\.lock$/, begins: /# yarn lockfile|^__metadata:/m, read: readYarnLock },
  'go-mod': { names: /^go\.mod$/, read: readGoMod },
  'go-sum': { names: /^go\.sum$/, read: readGoSum },
  requirements: { names: /requirements[^/]*\.txt$/, read: readRequirements },
  'python-lock': { names: /^(poetry|uv)\.lock$/, read: readPythonLock },
  'cargo-lock': { names: /^Cargo\.lock$/, read: readCargoLock },
  dpkg: { names: /^status$/, begins: /^Package: .*\nStatus: /, read: readDpkg, distribution: true },
  apk: { names: /^installed$/, begins: /^C:Q1/, read: readApk, distribution: true },
} satisfies Readonly<Record<string, Format>>

export type Kind = keyof typeof formats
export const kinds = Object.keys(formats) as readonly Kind[]

/** An SBOM of a large image has 20 MB; what is larger would not fit a small container beside its own objects. */
const limit = 32 * 2 ** 20

/** `[kind:]path`, for an option. Throws a plain Error whose message completes "`FILE` …". */
export function parseInput(text: string): Input {
  const [, kind, path] = /^([a-z-]+):(.+)$/.exec(text) ?? []
  if (kind === undefined || path === undefined) return { kind: undefined, path: text }
  if (!(kind in formats)) throw new Error(`is of no known kind: '${kind}' (known: ${kinds.join(', ')})`)
  return { kind: kind as Kind, path }
}

/**
 * What the application is made of, by this file. Throws NotFoundError, UsageError for a kind that cannot be told, and
 * RefusedError for a document that is damaged or names nothing that can be checked: that is never "no vulnerabilities".
 */
export function readInput({ kind, path }: Input): Inventory {
  const document = readText(path, { limit })
  const found = kind ?? kindOf(path, document)
  const format: Format = formats[found]
  try {
    const inventory = format.read(document, format.distribution === true ? releaseBeside(path) : '')
    if (inventory.components.length === 0) throw nothingIn(inventory)
    return inventory
  } catch (error) {
    // RangeError: a document that is nested deeper than the stack.
    if (error instanceof RangeError) throw new RefusedError(`cannot read ${path} as ${found}: it is nested too deeply`)
    if (!(error instanceof RefusedError)) throw error
    throw new RefusedError(`cannot read ${path} as ${found}: ${error.message}`, { cause: error, hint: error.hint })
  }
}

function kindOf(path: string, document: string): Kind {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const byContent = kinds.find((kind) => (formats[kind] as Format).begins?.test(document.slice(0, 4_096)))
  const found = byContent ?? kinds.find((kind) => formats[kind].names.test(name))
  if (found !== undefined) return found
  throw new UsageError(`cannot tell what ${path} is`, {
    hint: `say so: cyclonedx:${path} (known: ${kinds.join(', ')})`,
  })
}

function nothingIn({ unknown }: Inventory): RefusedError {
  if (unknown.length === 0) return new RefusedError('it names no package, so nothing was checked')
  return new RefusedError(
    `it names nothing that can be checked, but ${unknown.length} without a version or of an unknown kind`,
  )
}

/** os-release of the file system that holds a data base: three or four folders above it. */
function releaseBeside(path: string): string {
  const root = path.replace(/(var\/lib\/dpkg|lib\/apk\/db)\/(status\.d\/)?[^/]+$/, '')
  for (const place of ['etc/os-release', 'usr/lib/os-release']) {
    try {
      return readText(root + place, { limit: 65_536 })
    } catch (error) {
      if (!(error instanceof ToolError) || place.startsWith('usr')) {
        if (error instanceof NotFoundError)
          throw new NotFoundError(`cannot tell the release: there is no ${root}etc/os-release`, {
            hint: 'mount the whole image, not the one file',
          })
        throw error
      }
    }
  }
  return ''
}
