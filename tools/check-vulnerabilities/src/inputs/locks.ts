import { RefusedError } from '@initbox/core'
import { parse } from 'smol-toml'
import { type Component, component, type Inventory } from './component.ts'
import { fields, type Json, list, text } from '../json.ts'

/** Cargo.lock: `[[package]]` of a registry; those without `source` are the project's own. */
export function readCargoLock(document: string): Inventory {
  return ofPackages(document, 'crates.io', ({ source }) => text(source) !== '')
}

/** poetry.lock and uv.lock: `[[package]]`; what comes from a folder is the project's own. */
export function readPythonLock(document: string): Inventory {
  return ofPackages(document, 'PyPI', ({ source }) => {
    const { type, editable, virtual, directory } = fields(source)
    return type !== 'directory' && editable === undefined && virtual === undefined && directory === undefined
  })
}

function ofPackages(
  document: string,
  ecosystem: string,
  foreign: (entry: ReturnType<typeof fields>) => boolean,
): Inventory {
  const packages = list(fields(parseToml(document))['package'])
    .map(fields)
    .filter(foreign)
  return {
    components: packages
      .filter(({ version }) => text(version) !== '')
      .map(({ name, version }) => component(ecosystem, text(name), text(version))),
    unknown: packages.filter(({ version }) => text(version) === '').map(({ name }) => text(name)),
  }
}

function parseToml(document: string): Json {
  try {
    return parse(document) as Json
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    throw new RefusedError(`it is not TOML: ${reason}`, { cause: error })
  }
}

/** go.mod: what `require` says, after `replace`, and Go itself where `toolchain` or `go` names a release (go.dev/ref/mod). */
export function readGoMod(document: string): Inventory {
  const required = new Map<string, string>()
  let go = ''
  let block = ''
  for (const line of document.split('\n')) {
    const words = line
      .replace(/\/\/.*$/, '')
      .trim()
      .split(/\s+/)
    const inBlock = block !== ''
    if (words[0] === ')') block = ''
    else if (words[1] === '(') block = words[0] ?? ''
    const [verb, ...rest] = inBlock ? [block, ...words] : words
    if (verb === 'require' && rest[0] !== undefined && rest[1]?.startsWith('v')) required.set(rest[0], rest[1])
    if (verb === 'go' && go === '') go = rest[0] ?? ''
    if (verb === 'toolchain') go = rest[0]?.replace(/^go/, '') ?? go
    if (verb === 'replace') replace(required, rest)
  }
  const components = [...required].map(([name, version]) => component('Go', name, version))
  if (/^\d+\.\d+\.\d+/.test(go)) components.push(component('Go', 'stdlib', go.replace(/(rc|beta)/, '-$1')))
  return { components, unknown: [] }
}

/** `old [v] => new [v]`; a folder has no version and is the project's own. Replacements stand behind what they replace. */
function replace(required: Map<string, string>, words: readonly string[]): void {
  const arrow = words.indexOf('=>')
  const [from, to, version] = [words[0] ?? '', words[arrow + 1] ?? '', words[arrow + 2]]
  if (!required.delete(from)) return
  if (version !== undefined) required.set(to, version)
}

/** go.sum: modules whose content was checked, which may be more than what is built. */
export function readGoSum(document: string): Inventory {
  const components: Component[] = []
  for (const line of document.split('\n')) {
    const [name, version] = line.trim().split(/\s+/)
    if (name !== undefined && version?.startsWith('v') && !version.endsWith('/go.mod')) {
      components.push(component('Go', name, version))
    }
  }
  return { components, unknown: [] }
}

/** requirements.txt as `pip freeze` writes it: `name==version`, extras, markers and hashes aside; other lines are unknown. */
export function readRequirements(document: string): Inventory {
  const components: Component[] = []
  const unknown: string[] = []
  for (const line of document.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const bare = line.replace(/(^|\s)#.*$/, '').trim()
    // Options: -r, --hash, --index-url …
    if (bare === '' || bare.startsWith('-')) continue
    const [, name, version] =
      /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;,*]+)\s*(?:[;\s].*)?$/.exec(bare) ?? []
    if (name !== undefined && version !== undefined) components.push(component('PyPI', name, version))
    else unknown.push(bare.slice(0, 60))
  }
  return { components, unknown }
}
