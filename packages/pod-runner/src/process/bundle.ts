import { existsSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { ConfigError } from '../kubelet/sandbox.ts'

/** Where bundles are found. */
export type Bundles = {
  /** The repository's folder. */
  readonly root: string
  /** Images by name, mapped to another image or straight to a `.cjs` file. */
  readonly images: ReadonlyMap<string, string>
}

/** The bundle of a tool's image, of whatever registry and tag: `tools/<tool>/dist/<tool>.cjs`; undefined for any other image. */
export function bundleOf(image: string, { root, images }: Bundles): string | undefined {
  const name = images.get(image) ?? image
  if (name.endsWith('.cjs')) return resolve(name)
  const tool = /(?:^|\/)initbox\/([a-z0-9-]+)(?::[^/]*)?(?:@.*)?$/.exec(name)?.[1]
  if (tool === undefined || !existsSync(resolve(root, 'tools', tool))) return undefined
  return resolve(root, 'tools', tool, 'dist', `${tool}.cjs`)
}

/**
 * The words after the bundle for a `command` as it would be inside the image: `[wait-for, …]`, `[/usr/local/bin/wait-for, …]`
 * or `[/nodejs/bin/node, /initbox/wait-for.cjs, …]`, and what an image starts, `[/initbox/start, /initbox/main.cjs, …]`. Throws a ConfigError for any other program.
 */
export function wordsOf(command: readonly string[], bundle: string): readonly string[] {
  const tool = posix.basename(bundle, '.cjs')
  const [program = '', script = ''] = command
  if (posix.basename(program) === tool) return command.slice(1)
  const isNode = ['node', 'start'].includes(posix.basename(program))
  if (isNode && [`${tool}.cjs`, 'main.cjs'].includes(posix.basename(script))) return command.slice(2)
  throw new ConfigError(`command '${program}' is not ${tool} and can not run without Docker`)
}
