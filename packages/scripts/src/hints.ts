import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'
import { parseAst } from 'vitest/node'
import { isForTests } from './import-rule.ts'
import { sourceFiles } from './source-files.ts'

/** A hint as it stands in the source of what ships: `…` is what only a run knows. */
export type Hint = {
  readonly file: string
  readonly hint: string
  /** The message before it; empty where it is made elsewhere. */
  readonly message: string
  /** The class of the error, such as `DeniedError`. */
  readonly error: string | undefined
}

type Node = { readonly type: string; readonly [key: string]: unknown }

/** The classes of errors with those that they extend. */
export type Found = {
  readonly hints: readonly Hint[]
  /** Expressions whose text could not be found; those that pass on another error's hint are none. */
  readonly unknown: readonly string[]
  readonly parents: ReadonlyMap<string, string>
}

/** Every hint of the tools and of the packages that ship. */
export function collectHints(): Found {
  const files = sourceFiles()
    .filter((path) => /^(tools\/[^/]+|packages\/[^/]+)\/src\//.test(path) && !isForTests(path))
    .filter(
      (path) => !/^packages\/(build|engine|pod-runner|scripts|testing)\//.test(path) && !path.includes('/testing/'),
    )
    .toSorted()
  return hintsOf(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** The hints of some files, given as path and text. */
export function hintsOf(files: readonly (readonly [path: string, text: string])[]): Found {
  const trees = files.map(([path, text]) => [path, parse(text)] as const)
  const source = new Source(trees.map(([, tree]) => tree))
  const hints: Hint[] = []
  const unknown: string[] = []
  for (const [file, tree] of trees) {
    visit(tree, (node) => {
      for (const hint of source.warningHints(node))
        hints.push({ file, hint: tidy(hint), message: '', error: 'warning' })
      if (node.type !== 'Property' || nameOf(node['key']) !== 'hint' || source.isWithin(node, 'ObjectPattern')) return
      const value = node['value'] as Node
      const thrown = source.above(node).find(({ type }) => type === 'NewExpression')
      const error = thrown === undefined ? undefined : nameOf(thrown['callee'])
      const args = (thrown?.['arguments'] ?? []) as Node[]
      const [message = ''] = source.textsOf(args[error === 'NotYet' && args.length > 2 ? 1 : 0], 0, false)
      const texts = source.textsOf(value)
      if (texts.length === 0 && !isPassedOn(value)) unknown.push(`${file}: ${value.type}`)
      for (const hint of texts) hints.push({ file, hint: tidy(hint), message: tidy(message), error })
    })
  }
  return { hints, unknown, parents: source.parents }
}

/** TypeScript to a tree as ESTree has it. */
export function parse(text: string): Node {
  return parseAst(text, { lang: 'ts' }) as unknown as Node
}

/** `hint`, `error.hint`, `undefined`: the text stands where that came from. */
function isPassedOn(node: Node): boolean {
  if (node.type === 'Identifier') return true
  if (node.type === 'LogicalExpression') return isPassedOn(node['left'] as Node) && isPassedOn(node['right'] as Node)
  if (node.type === 'ConditionalExpression') return isPassedOn(node['consequent'] as Node)
  return ['MemberExpression', 'ChainExpression'].includes(node.type)
}

/** Trees of source text in which names can be looked up. */
class Source {
  readonly parents = new Map<string, string>()
  readonly #exported = new Map<string, Node>()
  readonly #outer = new WeakMap<Node, Node>()

  constructor(trees: readonly Node[]) {
    for (const tree of trees) {
      visit(tree, (node, outer) => {
        if (outer !== undefined) this.#outer.set(node, outer)
        const base = node.type === 'ClassDeclaration' ? nameOf(node['superClass']) : undefined
        if (base !== undefined) this.parents.set(nameOf(node['id']) ?? '', base)
      })
      for (const each of tree['body'] as Node[]) {
        if (each.type === 'ExportNamedDeclaration') definitions(each, this.#exported)
      }
    }
  }

  /** The nodes around one, the innermost first. */
  above(node: Node): Node[] {
    const outer = this.#outer.get(node)
    return outer === undefined ? [] : [outer, ...this.above(outer)]
  }

  isWithin(node: Node, type: string): boolean {
    return this.#outer.get(node)?.type === type
  }

  /** What an expression may be as text; nothing where it says only what another error said. */
  textsOf(node: Node | undefined, depth = 0, opens = true): string[] {
    if (node === undefined || node === null || depth > 12) return []
    const again = (each: unknown): string[] => this.textsOf(each as Node, depth + 1, opens)
    const all = (each: unknown): string[] => (each as Node[]).flatMap(again)
    const named = (each: unknown): string[] => again(this.#lookUp(node, nameOf(each)))
    switch (node.type) {
      case 'Literal':
        return typeof node['value'] === 'string' && node['value'] !== '' ? [node['value']] : []
      case 'TemplateLiteral': {
        const [begin = '', ...rest] = (node['quasis'] as Node[]).map(
          ({ value }) => (value as { cooked: string }).cooked,
        )
        const [opening] = node['expressions'] as Node[]
        // What a hint begins with is looked up, so that it can be found; in its middle it is left open.
        const first = begin === '' && opens ? again(opening) : []
        return first.length > 0 ? first.map((text) => text + rest.join('…')) : [[begin, ...rest].join('…')]
      }
      case 'ConditionalExpression':
        return [...again(node['consequent']), ...again(node['alternate'])]
      case 'LogicalExpression':
        return [...again(node['left']), ...again(node['right'])]
      case 'BinaryExpression': {
        const [[left = '…'], [right = '…']] = [again(node['left']), again(node['right'])]
        return [left + right]
      }
      case 'TSAsExpression':
      case 'ChainExpression':
        return again(node['expression'])
      case 'Identifier':
        return named(node)
      case 'CallExpression':
        return named(node['callee'])
      // A table of texts: `hints[code]`.
      case 'MemberExpression':
        return node['computed'] === true ? named(node['object']) : []
      case 'ObjectExpression':
        return (node['properties'] as Node[]).flatMap(({ value }) => again(value))
      case 'FunctionDeclaration':
      case 'ArrowFunctionExpression':
        return all(returnsOf(node))
      case 'Element':
        return all(this.#elementsOf(node['of'] as Node, Number(node['index'])))
      default:
        return []
    }
  }

  /** The hints of a warning, which is no error: `… (hint: ${…})`. */
  warningHints(node: Node): string[] {
    if (node.type !== 'TemplateLiteral') return []
    const texts = (node['quasis'] as Node[]).map(({ value }) => (value as { cooked: string }).cooked)
    const at = texts.findIndex((text) => text.endsWith('(hint: '))
    return at < 0 ? [] : this.textsOf((node['expressions'] as Node[])[at])
  }

  /** What `const [reason, hint] = explain(…)` may find at one place. */
  #elementsOf(node: Node, index: number): Node[] {
    if (node.type === 'ArrayExpression') return (node['elements'] as Node[]).slice(index, index + 1)
    const either = { LogicalExpression: ['left', 'right'], ConditionalExpression: ['consequent', 'alternate'] }[
      node.type
    ]
    if (either !== undefined) return either.flatMap((key) => this.#elementsOf(node[key] as Node, index))
    const called = node.type === 'CallExpression' ? this.#lookUp(node, nameOf(node['callee'])) : undefined
    return called === undefined ? [] : returnsOf(called).flatMap((each) => this.#elementsOf(each, index))
  }

  /** The definition of a name where it is used: of the blocks around it, and then of what other files export. */
  #lookUp(from: Node, name: string | undefined): Node | undefined {
    if (name === undefined) return undefined
    for (const around of this.above(from)) {
      if (around.type === 'BlockStatement' || around.type === 'Program') {
        const found = new Map<string, Node>()
        for (const each of around['body'] as Node[]) definitions(each, found)
        if (found.has(name)) return found.get(name)
      }
      const given = [...((around['params'] as Node[] | undefined) ?? []), around['param'] as Node | undefined]
      if (given.some((each) => mentions(each, name))) return undefined
    }
    return this.#exported.get(name)
  }
}

function mentions(pattern: Node | undefined, name: string): boolean {
  let found = false
  visit(pattern, (node) => (found ||= node.type === 'Identifier' && nameOf(node) === name))
  return found
}

function returnsOf(node: Node): Node[] {
  const body = node['body'] as Node | undefined
  if (body === undefined) return []
  if (body.type !== 'BlockStatement') return [body]
  const found: Node[] = []
  visit(body, (each) => {
    if (each.type === 'ReturnStatement' && each['argument']) found.push(each['argument'] as Node)
  })
  return found
}

/** Adds the functions and constants that a statement defines. */
function definitions(statement: Node, found: Map<string, Node>): void {
  const node = statement.type === 'ExportNamedDeclaration' ? (statement['declaration'] as Node | null) : statement
  if (node?.type === 'FunctionDeclaration') found.set(nameOf(node['id']) ?? '', node)
  if (node?.type !== 'VariableDeclaration') return
  for (const { id, init } of node['declarations'] as { id: Node; init: Node | null }[]) {
    if (id.type === 'Identifier') found.set(nameOf(id) ?? '', init ?? id)
    if (id.type === 'ObjectPattern') for (const name of namesIn(id)) found.set(name, { type: 'Unknown' })
    if (id.type !== 'ArrayPattern') continue
    for (const [index, each] of (id['elements'] as (Node | null)[]).entries()) {
      for (const name of namesIn(each)) found.set(name, { type: 'Element', of: init, index })
    }
  }
}

function namesIn(pattern: Node | null): string[] {
  const names: string[] = []
  visit(pattern, (node) => {
    if (node.type === 'Identifier') names.push(nameOf(node) ?? '')
  })
  return names
}

function visit(value: unknown, see: (node: Node, outer?: Node) => void, outer?: Node): void {
  if (typeof value !== 'object' || value === null) return
  const node = 'type' in value && typeof value.type === 'string' ? (value as Node) : undefined
  if (node !== undefined) see(node, outer)
  for (const each of Object.values(value)) visit(each, see, node ?? outer)
}

function nameOf(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  return 'name' in node && typeof node.name === 'string' ? node.name : undefined
}

function tidy(text: string): string {
  const tidied = text.replaceAll(/\s+/g, ' ').replaceAll(/…+/g, '…').trim()
  return /\w/.test(tidied) ? tidied : ''
}
