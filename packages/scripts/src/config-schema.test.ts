import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readShip, root, toolNames } from '@initbox/build'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

// What stands for `--config` in examples and READMEs fits the schema that editors get.

const validators = new Map<string, ValidateFunction>()
for (const name of toolNames()) {
  const schema = await (await readShip(name)).configSchema?.()
  if (schema !== undefined) validators.set(name, new Ajv2020({ allowUnionTypes: true }).compile(schema))
}

type Use = { readonly tool: string; readonly given: string }

/** Every `--config` and `$TOOL_CONFIG` of a container, as it is given. */
function uses(value: unknown, own: string): Use[] {
  if (Array.isArray(value)) return value.flatMap((each) => uses(each, own))
  if (typeof value !== 'object' || value === null) return []
  const { image, args, command, env, environment, ...rest }: Record<string, unknown> = { ...value }
  const tool = /^initbox\/([a-z-]+)/.exec(String(image))?.[1] ?? (image === undefined ? own : '')
  const words = [args, command].flatMap((each) => (Array.isArray(each) ? each.map(String) : []))
  const variables: [unknown, unknown][] = Array.isArray(env)
    ? env.map(({ name, value: text }) => [name, text])
    : Object.entries({ ...(environment as object) })
  const given = [
    ...words.flatMap((word, index) => (word === '--config' ? [words[index + 1] ?? ''] : [])),
    ...variables.flatMap(([name, text]) => (String(name).endsWith('_CONFIG') ? [String(text)] : [])),
  ]
  return [...given.map((each) => ({ tool, given: each })), ...uses(Object.values(rest), own)]
}

/** The YAML itself, or that of the file's name in a ConfigMap of the same manifest; undefined when it is neither. */
function textOf(given: string, documents: readonly unknown[]): string | undefined {
  if (/[:\n]/.test(given)) return given
  const maps = documents as readonly { readonly kind?: string; readonly data?: Readonly<Record<string, string>> }[]
  return maps.find(({ kind, data }) => kind === 'ConfigMap' && data?.[basename(given)] !== undefined)?.data?.[
    basename(given)
  ]
}

const pages = globSync('{examples/*/*.yaml,tools/*/README.md}', { cwd: root }).toSorted()
const found = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const blocks = page.endsWith('.md')
    ? [...text.matchAll(/^ *```yaml\n([\s\S]*?)^ *```$/gm)].map(([, block = '']) => block)
    : [text]
  const documents = blocks.flatMap((block) => parseAllDocuments(block).map((each) => each.toJS() as unknown))
  const own = /^tools\/([^/]+)\//.exec(page)?.[1] ?? ''
  return uses(documents, own).flatMap(({ tool, given }) => {
    const config = textOf(given, documents)
    return config === undefined || !validators.has(tool) ? [] : [{ page, tool, config }]
  })
})

test('there is something to look at', () => {
  expect(new Set(found.map(({ tool }) => tool)).size).toBeGreaterThanOrEqual(2)
})

test.each(found)('$page: what $tool gets fits its schema', ({ tool, config }) => {
  const validate = validators.get(tool)
  expect([validate?.(parse(config)), validate?.errors]).toEqual([true, null])
})

test.each([...validators])('the schema of %s refuses a key that nobody knows', (_, validate) => {
  expect(validate({ nobody: 'knows' })).toBe(false)
})
