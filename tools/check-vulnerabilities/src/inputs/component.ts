import { RefusedError } from '@initbox/core'

/** One package that the application is made of, in the words of OSV. */
export type Component = {
  /** `npm`, `PyPI`, `Go`, `crates.io`, `Debian:12` … (https://ossf.github.io/osv-schema/#defined-ecosystems). */
  readonly ecosystem: string
  /** As the ecosystem's records spell it: `@angular/core`, `github.com/gin-gonic/gin`, `flask`. */
  readonly name: string
  readonly version: string
}

/** What an input is made of. */
export type Inventory = {
  readonly components: readonly Component[]
  /** Names of what stands in it and cannot be looked up: no version, or a kind of package that OSV does not know. */
  readonly unknown: readonly string[]
}

/** No real name or version is longer; a longer one is an attack on whoever compares it. */
const longest = 512

/** A component with a name and a version that can be compared, or a RefusedError. */
export function component(ecosystem: string, name: string, version: string): Component {
  if (name.length > longest || version.length > longest) {
    throw new RefusedError(`a package of ${ecosystem} has a name or version of more than ${longest} characters`)
  }
  if (ecosystem === 'PyPI') return { ecosystem, name: normalized(name), version }
  if (ecosystem === 'Go') return { ecosystem, name, version: version.replace(/^v/, '') }
  return { ecosystem, name, version }
}

/** Lets records and components meet under one name. */
export function keyOf({ ecosystem, name }: Pick<Component, 'ecosystem' | 'name'>): string {
  return `${ecosystem}\n${ecosystem === 'PyPI' ? normalized(name) : name}`
}

/** PEP 503: `Flask_Login` and `flask-login` are one. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}
