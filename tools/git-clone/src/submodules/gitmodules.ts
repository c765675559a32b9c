import { RefusedError } from '@initbox/core'
import { parseGitConfig } from './git-config.ts'

/** What `.gitmodules` says of one submodule (gitmodules(5)). */
export type Submodule = {
  /** In its quotes; people choose it, often it is the path. */
  readonly name: string
  /** From the top of the repository, a binary string. */
  readonly path: string
  /** As it stands there. */
  readonly url: string
  /** git leaves it out unless it is asked for by name: `update = none`. */
  readonly isOff: boolean
}

/** Larger than any; a hostile one would fill memory. */
export const LARGEST_GITMODULES = 1 << 20

/** Parses `.gitmodules`, by path. Throws RefusedError for one that git would not read, or that names a path twice. */
export function parseGitmodules(content: Buffer): Map<string, Submodule> {
  const named = new Map<string, Map<string, string>>()
  for (const { section, subsection, name, value } of parseGitConfig(content.toString('latin1'), '.gitmodules')) {
    if (section !== 'submodule' || subsection === '') continue
    const known = named.get(subsection)
    if (known === undefined) named.set(subsection, new Map([[name, value]]))
    else known.set(name, value)
  }
  const found = new Map<string, Submodule>()
  for (const [name, values] of named) {
    const path = (values.get('path') ?? '').replace(/\/+$/, '')
    const url = values.get('url') ?? ''
    if (path === '' || url === '') continue
    if (found.has(path)) throw new RefusedError(`.gitmodules names the path ${path} twice, the second time as ${name}`)
    found.set(path, {
      name,
      path,
      url: Buffer.from(url, 'latin1').toString('utf8'),
      isOff: values.get('update') === 'none',
    })
  }
  return found
}
