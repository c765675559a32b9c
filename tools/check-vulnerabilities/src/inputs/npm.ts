import { JSON_SCHEMA, loadAll } from 'js-yaml'
import { RefusedError } from '@initbox/core'
import { type Component, component, type Inventory } from './component.ts'
import { fields, type Json, type JsonMap, parseJson, text } from '../json.ts'

/** package-lock.json and npm-shrinkwrap.json of npm 5 (1), 6 (2) and later (3): docs.npmjs.com/cli/configuring-npm/package-lock-json */
export function readPackageLock(document: string): Inventory {
  const { packages, dependencies } = fields(parseJson(document))
  const components: Component[] = []
  const unknown: string[] = []
  const add = (name: string, { version, resolved, link }: JsonMap): void => {
    if (link === true) return
    // A version may be a URL or a path where the package comes from none of the registries.
    if (/^\d/.test(text(version))) components.push(component('npm', name, text(version)))
    else if (text(version) !== '' || text(resolved) !== '') unknown.push(name)
  }
  for (const [path, each] of Object.entries(fields(packages))) {
    const at = path.lastIndexOf('node_modules/')
    // The rest are the project's own folders; an alias says the real name.
    if (at >= 0) add(text(fields(each)['name']) || path.slice(at + 'node_modules/'.length), fields(each))
  }
  const walk = (tree: Json | undefined, depth: number): void => {
    for (const [name, each] of Object.entries(fields(tree))) {
      const alias = /^npm:(.+)@(.+)$/.exec(text(fields(each)['version']))
      if (alias !== null) add(alias[1] ?? '', { version: alias[2] ?? '' })
      else add(name, fields(each))
      if (depth < 64) walk(fields(each)['dependencies'], depth + 1)
    }
  }
  if (packages === undefined) walk(dependencies, 0)
  return { components, unknown }
}

/** pnpm-lock.yaml of pnpm 3 to 11, which may be several documents (pnpm.io/lockfile): keys `/lodash/4.17.11`, `/lodash@4.17.11(peer@1)`, `lodash@4.17.11`. */
export function readPnpmLock(document: string): Inventory {
  const packages = parseYaml(document).flatMap((each) => Object.keys(fields(fields(each)['packages'])))
  const components: Component[] = []
  const unknown: string[] = []
  for (const key of packages) {
    const bare = key.replace(/^\//, '').replace(/\(.*$/, '')
    const [, name, version] = /^(@[^/@]+\/[^/@]+|[^/@]+)[@/](\d[^_/]*)(?:_.*)?$/.exec(bare) ?? []
    if (name === undefined || version === undefined) unknown.push(bare)
    else components.push(component('npm', name, version))
  }
  return { components, unknown }
}

/** yarn.lock of Yarn 1 and of Yarn 2 and later, which is YAML of the same two lines for each package. */
export function readYarnLock(document: string): Inventory {
  const components: Component[] = []
  const unknown: string[] = []
  let name = ''
  for (const line of document.split('\n')) {
    const head = /^"?((?:@[^@/"]+\/)?[^@"\s#]+)@([^"]*)/.exec(line)
    if (head !== null && line.trimEnd().endsWith(':')) {
      if (name !== '') unknown.push(name)
      const [, found = '', source = ''] = head
      const [, alias] = /^npm:((?:@[^@/]+\/)?[^@/]+)@/.exec(source) ?? []
      name = /^(workspace|portal|link|file):/.test(source) ? '' : (alias ?? found)
      continue
    }
    // Some generators put both words between quotes.
    const [, version] = /^ {2}"?version"?:? "?([^"\s]+)"?\s*$/.exec(line) ?? []
    if (version === undefined || name === '') continue
    if (/^\d/.test(version)) components.push(component('npm', name, version))
    else unknown.push(name)
    name = ''
  }
  if (name !== '') unknown.push(name)
  return { components, unknown }
}

function parseYaml(document: string): readonly Json[] {
  try {
    return loadAll(document, { schema: JSON_SCHEMA }) as Json[]
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    throw new RefusedError(`it is not YAML: ${reason}`, { cause: error })
  }
}
