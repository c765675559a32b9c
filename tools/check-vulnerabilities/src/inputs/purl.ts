import { type Component, component } from './component.ts'

type Purl = {
  readonly type: string
  readonly namespace: string
  readonly name: string
  readonly version: string
  readonly qualifiers: URLSearchParams
}

/** No real purl is longer; an endless one would keep the pattern busy. */
const longest = 2_048

/** `pkg:type/namespace/name@version?qualifiers#subpath` (ECMA-427), or undefined for another text. */
export function parsePurl(text: string): Purl | undefined {
  if (text.length > longest) return undefined
  const [, type, path, version = '', query = ''] =
    /^pkg:\/*([A-Za-z][\w.+-]*)\/([^?#]+?)\/*(?:@([^?#@]*))?(?:\?([^#]*))?(?:#.*)?$/.exec(text) ?? []
  if (type === undefined || path === undefined) return undefined
  try {
    const parts = path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
    const name = parts.pop()
    if (name === undefined) return undefined
    return {
      type: type.toLowerCase(),
      namespace: parts.join('/'),
      name,
      version: decodeURIComponent(version),
      qualifiers: new URLSearchParams(query),
    }
  } catch {
    return undefined
  }
}

const slash = ({ namespace, name }: Purl): string => (namespace === '' ? name : `${namespace}/${name}`)

/** purl's types (https://github.com/package-url/purl-spec) in the words of OSV. */
const types: Readonly<Record<string, { readonly ecosystem: string; readonly name: (purl: Purl) => string }>> = {
  cargo: { ecosystem: 'crates.io', name: ({ name }) => name },
  composer: { ecosystem: 'Packagist', name: slash },
  gem: { ecosystem: 'RubyGems', name: ({ name }) => name },
  golang: { ecosystem: 'Go', name: slash },
  hex: { ecosystem: 'Hex', name: slash },
  maven: { ecosystem: 'Maven', name: ({ namespace, name }) => `${namespace}:${name}` },
  npm: { ecosystem: 'npm', name: slash },
  nuget: { ecosystem: 'NuGet', name: ({ name }) => name },
  pub: { ecosystem: 'Pub', name: ({ name }) => name },
  pypi: { ecosystem: 'PyPI', name: ({ name }) => name },
}

/** The component that a purl names, or undefined where OSV knows no such kind, or the version is missing. */
export function componentOfPurl(text: string): Component | undefined {
  const purl = parsePurl(text)
  if (purl === undefined || purl.version === '') return undefined
  const known = types[purl.type]
  if (known !== undefined) return component(known.ecosystem, known.name(purl), purl.version)
  if (purl.type === 'deb' || purl.type === 'apk') return ofDistribution(purl)
  return undefined
}

/**
 * Debian's and Alpine's records are about source packages, which the qualifier `upstream` names (`openssl`, or
 * `glibc@2.36-9` where the version is another one), and about one release, which `distro` names.
 */
function ofDistribution({ namespace, name, version, qualifiers }: Purl): Component | undefined {
  const ecosystem = ecosystemOf(qualifiers.get('distro') ?? '', namespace)
  if (ecosystem === undefined) return undefined
  const [source = name, sourceVersion = version] = (qualifiers.get('upstream') ?? name).split('@')
  const epoch = qualifiers.get('epoch')
  const full = epoch === null || sourceVersion.includes(':') ? sourceVersion : `${epoch}:${sourceVersion}`
  return component(ecosystem, source, full)
}

const codenames: Readonly<Record<string, string>> = { buster: '10', bullseye: '11', bookworm: '12', trixie: '13' }

/** `debian-12`, `bookworm`, `alpine-3.20.1`, `ubuntu-22.04` in the words of OSV. */
export function ecosystemOf(distro: string, namespace = ''): string | undefined {
  const [, id = namespace, release = codenames[distro] ?? ''] = /^([a-z]+)-([\d.]+)/.exec(distro) ?? []
  if (release === '') return undefined
  if (id === 'debian') return `Debian:${release.split('.')[0]}`
  if (id === 'alpine') return `Alpine:v${release.split('.').slice(0, 2).join('.')}`
  // Every second April's release is one with long-term support.
  if (id === 'ubuntu') return `Ubuntu:${release}${/^\d[02468]\.04$/.test(release) ? ':LTS' : ''}`
  return undefined
}
