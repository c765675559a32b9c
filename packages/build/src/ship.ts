import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import { root } from './root.ts'
import type { WarmUp } from './warm-up.ts'

/** All that is known of a tool beyond its source: `tools/<tool>/ship.ts` exports one as `ship`, and no other place names the tool. */
export type Ship = {
  /** One line each for README and its translation; `en` is what `--help` says too. */
  readonly summary: { readonly en: string; readonly zh: string }
  /** npm packages that its bundle may contain, transitive ones too; the build fails on any other. */
  readonly packages: readonly string[]
  /** Modules that packages ask for at load and that this tool never uses: the bundle has an empty module in their place. */
  readonly unused?: readonly string[]
  /** Modules that packages ask for (`debug`, `tls`) and the file of ours that they get, from the top of the checkout. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Files of packages (`pg/lib/crypto/utils.js`) and the file of ours in their place, from the top of the checkout. */
  readonly replaced?: Readonly<Record<string, string>>
  /** What esbuild should do otherwise than usual. `supported: { 'dynamic-import': false }` makes a plain `require` of each lazy module. */
  readonly esbuild?: Pick<BuildOptions, 'mainFields' | 'conditions' | 'supported'>
  /** JSON Schema of its `--config`, for editors: docs/reference has it. */
  readonly configSchema?: () => Promise<object>
  /** Budget of the tool's own image layer in bytes, gzip -9. */
  readonly layerBudget: number
  /** Smallest whole runs. What any of them calls is in the V8 code cache beside the bundle, and the start-up bench measures each. */
  readonly warmUps: readonly [WarmUp, ...WarmUp[]]
}

/** The names of all tools: every folder of `tools/` that has a program. */
export function toolNames(): string[] {
  return readdirSync(join(root, 'tools'))
    .filter((name) => existsSync(join(root, 'tools', name, 'src/main.ts')))
    .toSorted()
}

/** What a tool ships as. */
export async function readShip(name: string): Promise<Ship> {
  if (!toolNames().includes(name)) throw new Error(`no such tool: ${name} (known: ${toolNames().join(', ')})`)
  const file = join(root, 'tools', name, 'ship.ts')
  if (!existsSync(file))
    throw new Error(`tools/${name}/ship.ts is missing (hint: begin with that of packages/scripts/template)`)
  const { ship }: { ship?: Ship } = await import(file)
  if (ship === undefined) throw new Error(`tools/${name}/ship.ts exports no \`ship\``)
  return ship
}
