import { dirname, relative, resolve } from 'node:path'
import { type Room, roomOf } from './rooms.ts'

/** One `import` or `export … from` of a file; both paths as in the source tree, `to` resolved when it is relative. */
export type Import = { readonly from: string; readonly to: string }

/** The imports of a TypeScript source, dynamic ones too. `file` is relative to the checkout's top. */
export function importsOf(file: string, source: string): Import[] {
  const specifiers = [
    ...source.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'/gm),
    ...source.matchAll(/^\s*import\s*'([^']+)'/gm),
    ...source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g),
  ].map(([, specifier = '']) => specifier)
  return specifiers.map((specifier) => ({
    from: file,
    to: specifier.startsWith('.') ? relative('', resolve(dirname(file), specifier)) : specifier,
  }))
}

export type Rules = {
  /** ARCHITECTURE's table. */
  readonly rooms: readonly Room[]
  /** The packages that the package.json of a folder names, its own name too; '' is the top folder. */
  readonly declared: (folder: string) => ReadonlySet<string>
}

/** Says what is wrong with an import, or nothing when ARCHITECTURE's table, package.json and the order within a tool allow it. */
export function violation({ from, to }: Import, { rooms, declared }: Rules): string | undefined {
  const place = roomOf(from, rooms)
  if (place === undefined) return "its folder has no row in ARCHITECTURE's table"
  const { room, folder } = place
  const forTests = isForTests(from)
  if (to.startsWith('node:')) return undefined
  if (/^(packages|tools|images|examples|test)\//.test(to)) {
    if (to.startsWith(folder)) return forTests ? undefined : wrongWay(from, to, folder)
    return room.anything || (forTests && !to.startsWith('test/')) ? undefined : 'other folders are imported by name'
  }
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(to)?.[0] ?? to
  if (!declared(folder).has(name) && !((forTests || room.anything) && declared('').has(name))) {
    return `${folder}package.json does not declare it`
  }
  const allowed = room.anything || room.allowed.has(name) || (room.declared && !name.startsWith('@initbox/'))
  return allowed || forTests ? undefined : "ARCHITECTURE's table does not allow it"
}

/** Tests, what is made for them, and what tells the build about a tool: none of it is in a bundle. */
export function isForTests(file: string): boolean {
  return /\.test\.ts$|\/(testing|fixtures)\/|\/test-[^/]+$|^tools\/[^/]+\/[^/]+\.ts$/.test(file)
}

/** Within a tool: main -> tool -> options, run -> the rest; what ships it is beside that. */
function wrongWay(from: string, to: string, folder: string): string | undefined {
  if (!folder.startsWith('tools/')) return undefined
  if (!to.startsWith(`${folder}src/`)) return 'a tool does not know how it is shipped'
  const rank = (path: string): number => ranks[path.replace(`${folder}src/`, '')] ?? 3
  return rank(to) < rank(from) || (rank(to) === 0 && rank(from) === 0)
    ? 'imports go main -> tool -> run -> the rest'
    : undefined
}

const ranks: Readonly<Record<string, number>> = { 'main.ts': 0, 'tool.ts': 1, 'run.ts': 2 }
