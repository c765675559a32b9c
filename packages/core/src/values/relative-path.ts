/** A path below the volume: not empty, no `..`, no NUL, normalised (`a/b`); `.` is the volume itself. */
export type RelativePath = string & { readonly __brand: 'RelativePath' }

/** Where an output goes: below the volume (the working directory), or an absolute path that was given explicitly. */
export type OutputPath = { readonly root: '/' | '.'; readonly path: RelativePath }

/** Parses a path below the volume. Throws a plain Error whose message completes "`--in` …". */
export function parseRelativePath(text: string): RelativePath {
  if (text.startsWith('/')) throw new Error(`must be relative to the volume, not absolute: '${text}'`)
  return normalise(parsePath(text))
}

/** Folders of the kernel's own: a file that replaces `/dev/stdout` there breaks the host of a privileged container. */
const kernelFolders = /^\/(dev(?!\/shm\/)|proc|sys)(\/|$)/

/** Parses the path of an output. Throws a plain Error whose message completes "`--out` …". */
export function parseOutputPath(text: string): OutputPath {
  if (text === '-') throw new Error("must be a file, this output cannot go to stdout; './-' is a file of that name")
  const [, kernel] = kernelFolders.exec(text.replace(/\/(\.?\/)+/g, '/')) ?? []
  if (kernel !== undefined) throw new Error(`must not lie in /${kernel}, which belongs to the kernel: '${text}'`)
  return { root: text.startsWith('/') ? '/' : '.', path: normalise(parsePath(text)) }
}

/** Parses the path of an output that may be stdout instead: `-` or `/dev/stdout`. Throws as `parseOutputPath`. */
export function parseOutputOrStdout(text: string): OutputPath | 'stdout' {
  return /^(-|\/dev\/(stdout|fd\/1))$/.test(text) ? 'stdout' : parseOutputPath(text)
}

/** The path as the user wrote it, for messages. */
export function formatOutputPath(to: OutputPath | 'stdout'): string {
  if (to === 'stdout') return to
  const { root, path } = to
  if (root === '.') return path
  return path === '.' ? '/' : `/${path}`
}

/** What is called `name` in the folder `to`. */
export function below(to: OutputPath, name: string): OutputPath {
  return { root: to.root, path: (to.path === '.' ? name : `${to.path}/${name}`) as RelativePath }
}

/** Any path that a system call takes. Throws a plain Error whose message completes "`--in` …". */
export function parsePath(text: string): string {
  if (text === '') throw new Error('must not be empty')
  if (text.includes('\0')) throw new Error('must not contain a NUL byte')
  return text
}

function normalise(path: string): RelativePath {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new Error(`must not contain '..': '${path}'`)
  return (parts.join('/') || '.') as RelativePath
}
