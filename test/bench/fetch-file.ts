import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { buildTools, root } from '@initbox/build'
import { requireProgram } from '@initbox/engine/apt'
import { nginx, withService } from '@initbox/testing'
import type { Report } from '@initbox/scripts/bench-report'
import { compare, type Contender, type Result } from './measure.ts'

export const needsDocker = true

type Target = NonNullable<Report['targets']>[number]

/** So many bytes a second for each connection, as object stores have it. */
const servers = `server {
  listen 8080;
  root /usr/share/nginx/html;
  location / { }
  location /rated/ { alias /usr/share/nginx/html/; limit_rate 20m; }
}`

/**
 * The same files by fetch-file and by what people use now, from nginx. Arguments: rounds, MB of each of the two large files
 * in the archives, of which 5,000 small ones are as much again (a single file has five times as many), and one group alone.
 */
export async function bench([rounds = '3', size = '40', only]: readonly string[]): Promise<Report> {
  await buildTools(['fetch-file'])
  for (const name of ['curl', 'wget', 'unzip', 'zip', 'zstd']) await requireProgram(name, name)
  await requireProgram('aria2c', 'aria2')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bench-fetch-'))
  const html = join(folder, 'html')
  try {
    makeFiles(html, Number(size))
    const sha256 = await digestOf(join(html, 'one.bin'))
    mkdirSync(join(folder, 'conf'))
    writeFileSync(join(folder, 'conf/default.conf'), servers)
    execFileSync('chmod', ['-R', 'a+rX', folder])
    const volumes = [`${html}:/usr/share/nginx/html:ro`, `${join(folder, 'conf')}:/etc/nginx/conf.d:ro`]
    const flags = volumes.flatMap((volume) => ['--volume', volume])
    return await withService(
      nginx,
      async ({ address }) => {
        const url = `http://${address.includes(':') ? address : `${address}:8080`}`
        const rows: Result[][] = []
        for (const [group, contenders] of Object.entries(contests(url, sha256))) {
          if (only !== undefined && group !== only) continue
          process.stderr.write(`${contenders.map(({ label }) => label).join(', ')}\n`)
          rows.push(
            await compare(
              contenders.map((each, index) => inFreshFolders(folder, index, each)),
              Number(rounds),
            ),
          )
        }
        return report(rows)
      },
      { flags },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Plain =
  | { readonly label: string; readonly shell: string }
  | { readonly label: string; readonly words: readonly string[] }

function contests(url: string, sha256: string): Record<string, readonly Plain[]> {
  const config = `files:\n${Array.from({ length: 1_000 }, (_, index) => `  - {out: small/${index}, url: "${url}/small/${index}"}\n`).join('')}`
  return {
    gzip: [
      { label: 'curl to tar xz', shell: `curl -sf ${url}/a.tar.gz | tar xz` },
      { label: 'fetch-file, tar.gz', words: [`data=${url}/a.tar.gz#unpack`] },
    ],
    zip: [
      { label: 'wget, then unzip', shell: `wget -q ${url}/a.zip && unzip -q a.zip && rm a.zip` },
      { label: 'fetch-file, zip', words: [`data=${url}/a.zip#unpack`] },
    ],
    zstd: [
      { label: 'curl to zstd -d to tar x', shell: `curl -sf ${url}/a.tar.zst | zstd -dq | tar x` },
      { label: 'fetch-file, tar.zst', words: [`data=${url}/a.tar.zst#unpack`] },
    ],
    one: [
      {
        label: 'curl to tee to sha256sum',
        shell: `curl -sf ${url}/one.bin | tee one.bin | sha256sum | grep -q ${sha256}`,
      },
      { label: 'fetch-file, one file with sha256', words: [`one.bin=${url}/one.bin#sha256=${sha256}`] },
    ],
    rated: [
      { label: 'curl, 20 MB/s for each connection', shell: `curl -sfO ${url}/rated/one.bin` },
      {
        label: 'aria2c -x8',
        shell: `aria2c -q -x8 -s8 -k1M --checksum=sha-256=${sha256} ${url}/rated/one.bin`,
      },
      { label: 'fetch-file, the same', words: [`one.bin=${url}/rated/one.bin#sha256=${sha256}`] },
      {
        label: 'fetch-file --connections 8',
        words: [`one.bin=${url}/rated/one.bin#sha256=${sha256}`, '--connections=8'],
      },
    ],
    small: [
      {
        label: 'xargs -P8 curl, 1,000 files',
        shell: `mkdir small && seq 0 999 | xargs -P8 -I{} curl -sf -o small/{} ${url}/small/{}`,
      },
      {
        label: 'curl --parallel, 1,000 files',
        shell: `mkdir small && cd small && curl -sf --parallel --parallel-max 8 --remote-name-all "${url}/small/[0-999]"`,
      },
      { label: 'fetch-file, 1,000 files', words: ['--config', config] },
    ],
  }
}

/** Each run has a folder of its own, removed at the end: ext4 makes files slowly just after others were deleted. */
function inFreshFolders(folder: string, index: number, plain: Plain): Contender {
  const program = join(root, 'tools/fetch-file/dist/fetch-file.cjs')
  return {
    label: plain.label,
    // Asked for once for each run.
    get cwd() {
      return mkdtempSync(join(folder, `out-${index}-`))
    },
    argv: 'shell' in plain ? ['sh', '-ec', plain.shell] : [process.execPath, program, ...plain.words],
  }
}

function report(results: readonly (readonly Result[])[]): Report {
  const all = results.flat()
  const rows = all.map(({ label, wall, wallRatio, cpu, cpuRatio, rss }) => [
    label,
    `${wall.toFixed(0)} ms (× ${wallRatio.toFixed(2)})`,
    `${cpu.toFixed(0)} ms (× ${cpuRatio.toFixed(2)})`,
    `${rss.toFixed(0)} MiB`,
  ])
  const limit = (label: string, most: number, than: string): Target[] => {
    const result = all.find((each) => each.label === label)
    const peer = all.find((each) => each.label === than)
    if (result === undefined || peer === undefined) return []
    const ratio = result.wall / peer.wall
    return [{ name: `${label}: wall ≤ ${most} × ${than}`, reached: ratio.toFixed(2), held: ratio <= most }]
  }
  const ours = all.filter(({ label }) => label.startsWith('fetch-file'))
  const rss = Math.max(...ours.map((each) => each.rss))
  return {
    title: 'fetch-file',
    notes: [
      'Files from nginx on this machine, each run into a folder of its own, in turn with the peer that stands above it; ratios are to the first of each group. The archives hold 5,000 small files and two large ones. Peak RSS is that of the largest process, and counts 45 MiB of Node itself.',
    ],
    columns: ['', 'wall', 'CPU', 'peak RSS'],
    rows,
    targets: [
      ...limit('fetch-file, tar.gz', 1, 'curl to tar xz'),
      ...limit('fetch-file, zip', 0.9, 'wget, then unzip'),
      ...limit('fetch-file, tar.zst', 1, 'curl to zstd -d to tar x'),
      ...limit('fetch-file, one file with sha256', 1.05, 'curl to tee to sha256sum'),
      ...limit('fetch-file, 1,000 files', 0.5, 'xargs -P8 curl, 1,000 files'),
      ...limit('fetch-file, 1,000 files', 1.3, 'curl --parallel, 1,000 files'),
      { name: 'peak RSS ≤ 80 MiB', reached: `${rss.toFixed(0)} MiB`, held: rss <= 80 },
    ],
  }
}

function makeFiles(html: string, size: number): void {
  mkdirSync(join(html, 'small'), { recursive: true })
  const data = join(html, 'data')
  let seed = 12_345
  // Mulberry32: what repeats itself after a few thousand numbers makes archives that zstd packs 500 to 1.
  const random = (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let bits = Math.imul(seed ^ (seed >>> 15), seed | 1)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), bits | 61)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const words = Array.from({ length: 4_000 }, () => Math.floor(random() * 1e9).toString(36))
  const text = Buffer.from(
    Array.from({ length: 700_000 }, () => words[Math.floor(random() * random() * 4_000)]).join(' '),
  )
  const large = (path: string, megabytes: number): void => {
    const fd = openSync(path, 'w')
    for (let index = 0; index < megabytes; index++) writeSync(fd, text, Math.floor(random() * 3_000_000), 1_000_000)
    closeSync(fd)
  }
  for (let index = 0; index < 5_000; index++) {
    const folder = join(data, `d${index % 50}`)
    mkdirSync(folder, { recursive: true })
    const at = Math.floor(random() * 3_000_000)
    writeFileSync(join(folder, `${index}.txt`), text.subarray(at, at + random() * size * 800))
  }
  for (let index = 0; index < 1_000; index++)
    writeFileSync(join(html, 'small', `${index}`), text.subarray(index, index + 5_000))
  for (const name of ['a.bin', 'b.bin']) large(join(data, name), size)
  large(join(html, 'one.bin'), size * 5)
  const commands =
    'tar cf a.tar data; gzip -1k a.tar; zstd -q a.tar; zip -q1r a.zip data; rm -r a.tar data; chmod -R a+rX . ..'
  execFileSync('sh', ['-ec', commands], { cwd: html })
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
