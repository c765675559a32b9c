import { RefusedError } from '@initbox/core'
import { type Component, component, type Inventory } from './component.ts'
import { ecosystemOf } from './purl.ts'

/**
 * dpkg's data base, /var/lib/dpkg/status: what is installed, by source package, as Debian's records are (deb-control(5),
 * `Source: glibc (2.36-9)`). `release` is os-release(5) of the same image.
 */
export function readDpkg(document: string, release: string): Inventory {
  const ecosystem = ecosystemIn(release)
  const components: Component[] = []
  for (const stanza of document.split(/\n\n+/)) {
    const field = fieldsOf(stanza)
    const name = field.get('Package')
    const version = field.get('Version')
    if (name === undefined || version === undefined) continue
    // status.d of distroless images has no Status.
    if (field.get('Status')?.endsWith(' installed') === false) continue
    const [, source = name, sourceVersion = version] = /^(\S+)(?: \((.+)\))?$/.exec(field.get('Source') ?? '') ?? []
    components.push(component(ecosystem, source, sourceVersion))
  }
  return { components, unknown: [] }
}

/** apk's data base, /lib/apk/db/installed: `o:` names the source package (wiki.alpinelinux.org/wiki/Apk_spec). */
export function readApk(document: string, release: string): Inventory {
  const ecosystem = ecosystemIn(release)
  const components: Component[] = []
  for (const stanza of document.split(/\n\n+/)) {
    const field = new Map(stanza.split('\n').map((line) => [line.slice(0, 1), line.slice(2)]))
    const name = field.get('o') ?? field.get('P')
    const version = field.get('V')
    if (name !== undefined && version !== undefined) components.push(component(ecosystem, name, version))
  }
  return { components, unknown: [] }
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const pairs = stanza.matchAll(/^([A-Za-z-]+): *(.*)$/gm)
  return new Map([...pairs].map(([, key = '', value = '']) => [key, value]))
}

function ecosystemIn(release: string): string {
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1] ?? ''
  const found = ecosystemOf(`${value('ID')}-${value('VERSION_ID')}`)
  if (found === undefined) {
    throw new RefusedError(
      `its os-release names no release of Debian, Ubuntu or Alpine, but ${value('ID') || 'nothing'} ${value('VERSION_ID')}`.trimEnd(),
    )
  }
  return found
}
