/** Functions of `node:fs` that open what a user names: a pipe or a device makes them wait for ever, deaf to SIGTERM. */
const whole = ['readFile', 'readFileSync']
const streaming = ['createReadStream', 'open', 'openSync']

/** Files that open what they made themselves in staging, where nobody else writes, or a marker of their own. */
const own = /^tools\/git-clone\/src\/(pack|checkout|publish)\//

/**
 * Which functions a source that ships imports from `node:fs` though it should ask core: `readText`, `readBytes` and `readSecret` open
 * without waiting, take only regular files, and stop at a limit. A stream of a large file is opened with O_NONBLOCK, a new one made with O_EXCL.
 */
export function forbiddenReads(file: string, source: string): string[] {
  if (file.startsWith('packages/core/') || own.test(file)) return []
  const careful = /\bO_(NONBLOCK|EXCL)\b/.test(source)
  const wrong = new Set(careful ? whole : [...whole, ...streaming])
  const imports = source.matchAll(/^import (?!type)(?:\w+, )?(\{[^}]*\}|\* as \w+|\w+) from 'node:fs(?:\/promises)?'/gm)
  return [...imports].flatMap(([, names = '']) => {
    if (!names.startsWith('{')) return [names]
    return names
      .split(',')
      .flatMap((name) => /[\w]+/.exec(name)?.[0] ?? [])
      .filter((name) => wrong.has(name))
  })
}
