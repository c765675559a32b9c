import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packArchive } from '../../../../images/oci/archive.ts'
import { architectures, hostArchitecture, type Architecture } from '../../../../images/base/contents.ts'
import { readLock, refreshCommand } from '../../../../images/base/lock.ts'
import { refreshLock } from '../../../../images/base/refresh-lock.ts'
import { buildBase, buildToolImage, toolEntries } from '../../../../images/build-images.ts'
import { discard, engineArchitecture, isLoaded, load, loadedId } from '../../../../images/docker.ts'
import type { Image } from '../../../../images/oci/image.ts'
import { formatSizes, overBudget, sizes } from '../../../../images/report.ts'
import { stage } from '../../../../images/tool/stage.ts'
import { tools } from '../../../../images/tools.ts'
import { cacheFolder } from '../../../../test/setup/cache-folder.ts'
import { buildTools } from '../bundle.ts'
import { root } from '../root.ts'

const usage = `usage: npm run images -- [lock] [TOOL…] [--arch amd64|arm64] [--locked] [--save FILE]

Builds the base and the tools' images, loads them into Docker when an engine of that architecture answers, and checks their sizes.

  lock           instead: take the current Debian packages into images/base/lock.json
  --arch ARCH    default: the Docker engine's, else this machine's
  --locked       fail when the Debian mirror no longer has a locked version, instead of taking its current one
  --save FILE    also write the images as one OCI archive (docker load, skopeo and buildah read it)
`

const say = (line: string) => process.stderr.write(`${line}\n`)
const cache = cacheFolder('images')

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      arch: { type: 'string' },
      locked: { type: 'boolean', default: false },
      save: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(usage)
  else if (positionals[0] === 'lock') await refreshLock(cache, pinnedNode())
  else await images(positionals.length > 0 ? positionals : Object.keys(tools), values)
} catch (error) {
  say(`images: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

/** Builds, loads, saves, and checks sizes, in that order. */
async function images(
  names: readonly string[],
  flags: { arch?: string; locked: boolean; save?: string },
): Promise<void> {
  const engine = await engineArchitecture()
  const architecture = known(flags.arch ?? engine ?? hostArchitecture)
  if (readLock().node.version !== pinnedNode()) {
    throw new Error(
      `images/base/lock.json has Node ${readLock().node.version}, package.json has ${pinnedNode()} (hint: ${refreshCommand})`,
    )
  }
  const [base] = await Promise.all([
    buildBase({ cache, architecture, lockedOnly: flags.locked, root }),
    buildTools(names),
  ])
  for (const each of base.substituted) {
    say(
      `WARNING: the Debian mirror no longer has a locked version; the base has ${each} (hint: ${refreshCommand}, and commit it)`,
    )
  }
  const built = new Map<string, Image>()
  for (const name of names) {
    const files = await toolEntries(name, architecture, root)
    await stage(join(root, 'images/dist', name), files)
    built.set(name, await buildToolImage({ name, summary: await summary(name), files }, base.image, root))
  }

  const all = [base.image, ...built.values()]
  if (flags.save) await writeFile(flags.save, await packArchive(all))
  if (engine === architecture) await loadMissing(all)
  else say(engine ? `not loaded: the Docker engine is ${engine}` : 'not loaded: no Docker engine answers here')

  const rows = sizes(base.image, built)
  process.stdout.write(formatSizes(rows))
  for (const sentence of overBudget(rows)) {
    say(`over budget: ${sentence}`)
    process.exitCode = 1
  }
}

async function loadMissing(all: readonly Image[]): Promise<void> {
  const loaded = await Promise.all(all.map(isLoaded))
  const missing = all.filter((_image, at) => !loaded[at])
  if (missing.length === 0) return
  const replaced = await Promise.all(missing.map(({ name }) => loadedId(name)))
  await load(await packArchive(missing))
  for (const id of replaced) if (id !== undefined) await discard(id)
  for (const { name } of missing) say(`loaded ${name}`)
}

async function summary(name: string): Promise<string> {
  const { tool }: { tool: { summary: string } } = await import(join(root, 'tools', name, 'src/tool.ts'))
  return tool.summary
}

function known(architecture: string): Architecture {
  if (architecture in architectures) return architecture as Architecture
  throw new Error(`unknown architecture '${architecture}' (known: ${Object.keys(architectures).join(', ')})`)
}

/** The one place that says which Node: the root's package.json. */
function pinnedNode(): string {
  const { optionalDependencies }: { optionalDependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return optionalDependencies[architectures[hostArchitecture].nodePackage] ?? ''
}
