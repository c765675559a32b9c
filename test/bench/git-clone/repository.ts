import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a repository is like that a bench or a test clones. */
export type Size = {
  readonly name: string
  readonly files: number
  /** Of a text file, on average. */
  readonly bytes: number
  /** Files of 20 to 80 MB. */
  readonly large: number
}

/**
 * Makes a bare repository `NAME.git` in a folder, of text as people write it: always the same one. Ten files lie in each
 * folder, as in Linux (15), Rails (7) or Redis (12), and no two are alike.
 */
export function makeRepository(folder: string, { name, files, bytes, large }: Size): void {
  const work = join(folder, `work-${name}`)
  let seed = 12_345
  // Xorshift of 32 bits (Marsaglia).
  const random = (): number => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) / 2 ** 32
  }
  const words = Array.from({ length: 2_000 }, () => Math.floor(random() * 1e9).toString(36))
  const text = (length: number): string => {
    let made = ''
    while (made.length < length)
      made += `${words[Math.floor(random() * random() * 2_000)]}${random() < 0.1 ? '\n' : ' '}`
    return made
  }
  for (let index = 0; index < files; index++) {
    const at = join(work, `d${index % 100}`, `s${Math.floor(index / 1000)}`)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, `f${index}.txt`), text(200 + random() * 2 * bytes))
  }
  for (let index = 0; index < large; index++)
    writeFileSync(join(work, `large${index}`), text(1 << 20).repeat(20 + index * 15))
  const git = (...argv: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...argv], {
      cwd: work,
      stdio: 'ignore',
    })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--quiet', '--message', name)
  git('clone', '--quiet', '--bare', '.', join(folder, `${name}.git`))
  const bare = (...argv: string[]): void => void execFileSync('git', ['-C', join(folder, `${name}.git`), ...argv])
  // As hosts keep it: packed once, not anew for each clone.
  bare('repack', '-adq')
  bare('config', 'uploadpack.allowFilter', 'true')
}

/** Makes a bare repository of so many files with one content, a thousand in a folder: nearly nothing but trees. */
export function makeManyFiles(at: string, files: number): void {
  const entries = Array.from(
    { length: files },
    (_, file) => `M 100644 :1 d${Math.floor(file / 1_000)}/a-file-of-some-name-${file}\n`,
  )
  const commit = 'commit refs/heads/main\ncommitter a <a@example.test> 1700000000 +0000\ndata 1\nm\n'
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', at])
  execFileSync('git', ['-C', at, 'config', 'uploadpack.allowFilter', 'true'])
  execFileSync('git', ['-C', at, 'fast-import', '--quiet'], {
    input: `blob\nmark :1\ndata 2\nhi\n${commit}${entries.join('')}\n`,
  })
}
