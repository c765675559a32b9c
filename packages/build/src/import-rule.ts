import { dirname, relative, resolve } from 'node:path'

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

/**
 * The direction of imports, main -> tool -> options, run -> variants -> packages: says what is wrong with an import, or
 * nothing when it is allowed. Tests, and what a tool's folder `testing` has for them, may import anything.
 */
export function violation({ from, to }: Import): string | undefined {
  if (from.endsWith('.test.ts') || /^tools\/[^/]+\/src\/testing\//.test(from)) return undefined
  const tool = /^tools\/([^/]+)\//.exec(from)?.[1]
  if (tool === undefined) {
    return from.startsWith('packages/') && to.startsWith('tools/') ? 'a package never imports a tool' : undefined
  }
  if (/^(@initbox\/testing|\.\.\/|test\/|images\/|packages\/)/.test(to)) return 'a tool imports packages by name only'
  if (to.startsWith('tools/') && !to.startsWith(`tools/${tool}/`)) return 'a tool never imports a tool'
  if (!to.startsWith('tools/')) return undefined
  const rank = (path: string): number => ranks[path.replace(`tools/${tool}/src/`, '')] ?? 3
  return rank(to) < rank(from) || (rank(to) === 0 && rank(from) === 0)
    ? 'imports go main -> tool -> run -> the rest'
    : undefined
}

const ranks: Readonly<Record<string, number>> = { 'main.ts': 0, 'tool.ts': 1, 'run.ts': 2 }
