import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, toolNames } from '@initbox/build'
import type { Tool } from '@initbox/core'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseOptions } from '../../core/src/options/options.ts'
import { Redactor } from '../../core/src/secrets/redactor.ts'
import { FlagError, parseFlags } from '../../pod-runner/src/cli/flags.ts'

// What a page tells people to type: each npm script, each file and each option must be there. The manifests and commands of the
// first pages are run besides, in test/images and beside the examples.

const pages = globSync(
  '{*.md,docs/{*.md,migrating/*.md},{docs/reference,examples,images,packages,test,tools}/**/*.md}',
  {
    cwd: root,
    exclude: ['**/node_modules', '**/dist'],
  },
).toSorted()
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

/** The code of the fences in one of some languages. */
function fences(page: string, ...languages: readonly string[]): string[] {
  const all = read(page).matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)
  return [...all].flatMap(([, language = '', code = '']) => (languages.includes(language) ? code : []))
}

/** The words of every `npm run …` in a fence or in running text. */
function npmCommands(page: string): string[][] {
  const code = [...fences(page, 'sh', 'console', ''), ...(read(page).match(/`[^`\n]+`/g) ?? [])].join('\n')
  return [...code.matchAll(/npm (?:run|test)\b[^`\n#|;&]*/g)].map(([command]) => wordsOf(command))
}

function wordsOf(command: string): string[] {
  const words = command.replaceAll('\\\n', ' ').match(/'[^']*'|"[^"]*"|\S+/g) ?? []
  return words.map((word) => word.replace(/^(['"])(.*)\1$/s, '$2'))
}

/** A word that stands for another: NAME, FILE, `[ring…]`, `…`. */
const isPlaceholder = (word: string): boolean => /^\[?[A-Z_]{2,}|…|^\[/.test(word)

test.each(pages.filter((page) => npmCommands(page).length > 0))(
  '%s: its npm scripts and what they are given are there',
  (page) => {
    const problems = npmCommands(page).flatMap(([, verb = '', script = verb, ...rest]) => {
      const words = rest.filter((word) => word !== '--')
      if (verb !== 'run' || isPlaceholder(script)) return []
      if (scripts[script] === undefined) return [`npm run ${script}`]
      if (words.some(isPlaceholder)) return []
      if (script === 'bench' && words[0] !== undefined && !existsSync(join(root, 'test/bench', `${words[0]}.ts`))) {
        return [`npm run bench -- ${words[0]}`]
      }
      if (script === 'pod' && words.length > 0) return podProblems(words, page)
      return []
    })
    expect(problems).toEqual([])
  },
)

function podProblems(words: readonly string[], page: string): string[] {
  try {
    const { file } = parseFlags(words)
    return [root, join(root, dirname(page))].some((folder) => existsSync(join(folder, file))) ? [] : [`no ${file}`]
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    return [error.message]
  }
}

type Use = { readonly name: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }

/** Every run of a tool that a page shows: containers of its YAML, bare `args` of its own tool, `docker run`. */
function uses(page: string): Use[] {
  const own = /^tools\/([^/]+)\//.exec(page)?.[1] ?? ''
  const yaml = fences(page, 'yaml').flatMap((code) => parseAllDocuments(code).map((each) => each.toJS() as unknown))
  const commands = fences(page, 'sh', 'console')
    .join('\n')
    .replaceAll('\\\n', ' ')
    .matchAll(/docker run .*?\binitbox\/([a-z-]+):\S+(.*)$/gm)
  return [
    ...yaml.flatMap((value) => usesIn(value, own)),
    ...[...commands].map(([, name = '', rest = '']) => ({ name, args: wordsOf(rest), env: {} })),
  ].filter(({ name }) => toolNames().includes(name))
}

function usesIn(value: unknown, own: string): Use[] {
  if (Array.isArray(value)) return value.flatMap((each) => usesIn(each, own))
  if (typeof value !== 'object' || value === null) return []
  const { image, args, env, ...rest }: Record<string, unknown> = { ...value }
  const name = /(?:^|\/)initbox\/([a-z-]+)/.exec(String(image))?.[1] ?? (image === undefined ? own : '')
  const words = Array.isArray(args) ? args.map(String) : undefined
  const variables = Array.isArray(env) ? env.map(({ name: key, value: text = '' }) => [String(key), String(text)]) : []
  const isTool = words !== undefined && !('command' in rest)
  return [
    ...(isTool ? [{ name, args: words, env: Object.fromEntries(variables) }] : []),
    ...usesIn(Object.values(rest), own),
  ]
}

test.each(pages.filter((page) => uses(page).length > 0))(
  '%s: its tools know the options that they are given',
  async (page) => {
    const problems: string[] = []
    for (const { name, args, env } of uses(page)) {
      const { tool }: { tool: Tool } = await import(join(root, 'tools', name, 'src/tool.ts'))
      try {
        // What comes from elsewhere in the Pod has no value here.
        const environment = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
        parseOptions(tool, { argv: args, environment, redactor: new Redactor() })
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        // Files that only the Pod has, and what its variables or those of the shell would have said.
        if (!/cannot read|is missing|is neither|no such file|not '\$\w+'/.test(message))
          problems.push(`${name} ${args.join(' ')}: ${message}`)
      }
    }
    expect(problems).toEqual([])
  },
)

test.each(toolNames())('%s --help begins with three examples that its own options take', async (name) => {
  const { tool }: { tool: Tool } = await import(join(root, 'tools', name, 'src/tool.ts'))
  const examples = tool.examples ?? []
  expect(examples).toHaveLength(3)
  for (const [does, command] of examples) {
    expect(does).toMatch(/^[^A-Z]/)
    const words = wordsOf(command)
    const at = words.indexOf(name)
    const environment = Object.fromEntries(
      words.slice(0, at).map((word) => word.replace('_FILE=', '=').split(/=(.*)/, 2)),
    )
    const parsed = parseOptions(tool, { argv: words.slice(at + 1), environment, redactor: new Redactor() })
    expect(parsed.asked).toBeUndefined()
  }
})

test('README fits a screen or three, and says the same in both languages', () => {
  const [en, zh] = [read('README.md'), read('README.zh-CN.md')]
  const shape = (text: string): unknown => ({
    headings: text.match(/^#+ /gm)?.join(''),
    fences: text.match(/^```\w+/gm),
    links: (text.match(/\]\(([^)#]+)/g) ?? []).filter((link) => !link.includes('README')).toSorted(),
  })
  expect(en.split('\n').length - 1).toBeLessThanOrEqual(150)
  expect(shape(zh)).toEqual(shape(en))
})
