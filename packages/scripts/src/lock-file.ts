import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'

/** What is wrong with pnpm-lock.yaml, if anything: a package.json that it does not know, or other platforms' programs left out. */
export function lockProblem(): string | undefined {
  const { config }: { config: { pnpm: string } } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const words = ['--yes', config.pnpm, 'install', '--frozen-lockfile', '--lockfile-only']
  const { status, stdout, stderr } = spawnSync('npx', words, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CI: 'true' },
  })
  if (status !== 0) return `pnpm-lock.yaml is out of date: ${`${stdout}${stderr}`.trim()}`
  // pnpm leaves out what a registry does not have on that day, and says nothing.
  const foreign = '@oxfmt/binding-darwin-arm64@'
  return readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8').includes(foreign)
    ? undefined
    : `pnpm-lock.yaml lacks ${foreign}, so npm run format would not run on macOS`
}
