import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blockProblems } from '../code-blocks.ts'
import { importsOf, isForTests, type Rules, violation } from '../import-rule.ts'
import { lockProblem } from '../lock-file.ts'
import { runBin } from '../program.ts'
import { outdatedPages } from '../generated-pages.ts'
import { root } from '@initbox/build'
import { forbiddenReads } from '../read-rule.ts'
import { readRooms, roomOf } from '../rooms.ts'
import { sourceFiles } from '../source-files.ts'

/** Each check prints its own findings and says whether all is well. */
const checks: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  lock: () => {
    const problem = lockProblem()
    return problem === undefined || failed(`${problem}\nnpm run lock repairs it`)
  },
  types: () => runBin('tsc', '-p', 'tsconfig.json'),
  lint: () => runBin('oxlint', '--quiet'),
  // What fails in a promise that nobody awaits is a bug in our words and not the sentence that it should be. The other rules that
  // need types are left out: they are about style.
  promises: () => runBin('oxlint', '--quiet', '--type-aware', '-A', 'all', '-D', 'typescript/no-floating-promises'),
  format: () => runBin('oxfmt', '--check') || failed('npm run format repairs the format'),
  imports: () => report(importViolations()),
  reads: () => report(readViolations()),
  blocks: () => report(unmarkedBlocks()),
  // The one check whose program no registry of ours has: `go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12`.
  workflows: () => spawnSync('actionlint', { cwd: root, stdio: 'inherit' }).status !== 1,
  docs: async () => {
    const outdated = await outdatedPages()
    return outdated.length === 0 || failed(`out of date: ${outdated.join(', ')}; npm run docs repairs it`)
  },
}

const bad: string[] = []
for (const [name, check] of Object.entries(checks)) {
  try {
    if (!(await check())) bad.push(name)
  } catch (error) {
    // One that breaks down must not hide the others.
    failed(String(error))
    bad.push(name)
  }
}
process.stdout.write(bad.length === 0 ? 'check: all is well\n' : `check: ${bad.join(', ')} failed\n`)
process.exitCode = bad.length === 0 ? 0 : 1

/** In what ships, files are opened by core alone. */
function readViolations(): string[] {
  return sourceFiles()
    .filter((path) => roomOf(path, rooms())?.room.ships === true && !isForTests(path))
    .flatMap((path) => {
      const found = forbiddenReads(path, readFileSync(join(root, path), 'utf8'))
      return found.length === 0
        ? []
        : [`${path} imports ${found.join(', ')}: use readText, readBytes or readSecret of core`]
    })
}

/** Every block of code that a page shows is run by a test, or the page says why not. */
function unmarkedBlocks(): string[] {
  const pages = globSync('{*.md,docs/{*.md,migrating/*.md},{examples,images,packages,test,tools}/**/*.md}', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist'],
  })
  const read = (path: string): string | undefined =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined
  return pages
    .filter((page) => page !== 'CHANGELOG.md')
    .toSorted()
    .flatMap((page) => blockProblems(page, readFileSync(join(root, page), 'utf8'), read))
}

function rooms(): Rules['rooms'] {
  return readRooms(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'))
}

function importViolations(): string[] {
  const rules: Rules = { rooms: rooms(), declared }
  return sourceFiles()
    .flatMap((path) => importsOf(path, readFileSync(join(root, path), 'utf8')))
    .flatMap((each) => {
      const problem = violation(each, rules)
      return problem === undefined ? [] : [`${each.from} imports ${each.to}: ${problem}`]
    })
}

/** The names in a folder's package.json; none where it has none. */
function declared(folder: string): ReadonlySet<string> {
  const file = join(root, folder, 'package.json')
  if (!existsSync(file)) return new Set()
  const { name, dependencies, devDependencies }: Record<string, object | undefined> = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  return new Set([String(name), ...Object.keys({ ...dependencies, ...devDependencies })])
}

function report(problems: readonly string[]): boolean {
  return problems.length === 0 || failed(problems.join('\n'))
}

function failed(sentence: string): boolean {
  process.stdout.write(`${sentence}\n`)
  return false
}
