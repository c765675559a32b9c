/** Mount paths of a container with the folders of this machine that stand for them. */
export type PathMapping = readonly (readonly [mountPath: string, folder: string])[]

/**
 * Replaces mount paths in an argument or a variable's value. Only whole paths count: at the beginning, after `=`, `,`, `:` or a space,
 * or after `file://` and `unix://`; and followed by `/`, another separator, or the end. `http://host/init` and `/initial` stay.
 */
export function mapPaths(text: string, mapping: PathMapping): string {
  if (mapping.length === 0) return text
  const folders = new Map(mapping)
  const paths = alternatives([...folders.keys()])
  const pattern = new RegExp(`(^|[=,\\s]|(?<![/:]):|(?:file|unix)://)(${paths})(?=$|[/,:\\s])`, 'g')
  return text.replaceAll(pattern, (_whole, before: string, path: string) => `${before}${folders.get(path) ?? path}`)
}

/** Puts the mount paths back into what a container says, because nobody knows the folders that stood for them. */
export function unmapPaths(text: string, mapping: PathMapping): string {
  const mountPaths = new Map(mapping.map(([mountPath, folder]) => [folder, mountPath]))
  const found = [...mountPaths.keys()].filter((folder) => text.includes(folder))
  if (found.length === 0) return text
  const pattern = new RegExp(`(${alternatives(found)})(?![\\w.-])`, 'g')
  return text.replaceAll(pattern, (folder) => mountPaths.get(folder) ?? folder)
}

function alternatives(paths: readonly string[]): string {
  return paths
    .toSorted((a, b) => b.length - a.length)
    .map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|')
}

/** The folder that stands for one absolute path of the container, or undefined where nothing is mounted there. */
export function mapPath(path: string, mapping: PathMapping): string | undefined {
  const mapped = mapPaths(path, mapping)
  return mapped === path ? undefined : mapped
}
