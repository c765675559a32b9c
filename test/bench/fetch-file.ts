import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
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
import { limited, type Limited } from './limited.ts'
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
 * in the archives, of which 5,000 small ones are as much again, one group alone, or '', and MB of the single file.
 */
export async function bench([
  rounds = '3',
  size = '40',
  only = '',
  single = '1000',
]: readonly string[]): Promise<Report> {
  await buildTools(['fetch-file'])
  for (const name of ['curl', 'wget', 'unzip', 'zip', 'zstd']) await requireProgram(name, name)
  await requireProgram('aria2c', 'aria2')
  const folder = mkdtempSync(join(tmpdir(), 'initbox-bench-fetch-'))
  const html = join(folder, 'html')
  try {
    makeFiles(html, Number(size), Number(single))
    const sums = { one: await digestOf(join(html, 'one.bin')), rated: await digestOf(join(html, 'rated.bin')) }
    mkdirSync(join(folder, 'conf'))
    writeFileSync(join(folder, 'conf/default.conf'), servers)
    execFileSync('chmod', ['-R', 'a+rX', folder])
    const volumes = [`${html}:/usr/share/nginx/html:ro`, `${join(folder, 'conf')}:/etc/nginx/conf.d:ro`]
    const flags = volumes.flatMap((volume) => ['--volume', volume])
    return await withService(
      nginx,
      async ({ address }) => {
        const url = `http://${address.includes(':') ? address : `${address}:8080`}`
        const rows: Row[] = []
        for (const [group, contenders] of Object.entries(contests(url, sums))) {
          if (only !== '' && group !== only) continue
          process.stderr.write(`${contenders.map(({ label }) => label).join(', ')}\n`)
          const fresh = contenders.map((each, index) => inFreshFolders(folder, index, each))
          for (const [index, result] of (await compare(fresh, Number(rounds))).entries()) {
            const contender = fresh[index]
            const isOurs = contender?.argv[0] === process.execPath && group !== 'rated'
            rows.push({ ...result, small: isOurs ? await limited(contender, 64) : undefined })
          }
        }
        return report(rows, only === '' ? await inColdCache(folder, `data=${url}/a.tar.gz#unpack`) : '')
      },
      { flags },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What a container of 64 MiB makes of it is known of our own. */
type Row = Result & { readonly small: Limited | 'killed' | undefined }

/** The same in small containers on a node that has not read Node's program file yet: its pages then count too. */
async function inColdCache(folder: string, words: string): Promise<string> {
  const node = join(folder, 'node')
  const program = join(root, 'tools/fetch-file/dist/fetch-file.cjs')
  copyFileSync(process.execPath, node)
  execFileSync('sync', [node])
  const taken: string[] = []
  for (const mebibytes of [64, 96]) {
    execFileSync('dd', [`if=${node}`, 'iflag=nocache', 'count=0', 'status=none'])
    const cwd = mkdtempSync(join(folder, 'out-cold-'))
    const result = await limited({ label: '', argv: [node, program, words], cwd }, mebibytes)
    if (result !== undefined) taken.push(`${mebibytes} MiB ${format(result)}`)
  }
  return taken.join('; ')
}

function format(result: Limited | 'killed' | undefined): string {
  if (result === undefined) return ''
  return result === 'killed' ? 'not in 20 s' : `${result.wall.toFixed(0)} ms, ${result.own.toFixed(0)} MiB its own`
}

type Plain =
  | { readonly label: string; readonly shell: string }
  | { readonly label: string; readonly words: readonly string[] }

function contests(
  url: string,
  sums: { readonly one: string; readonly rated: string },
): Record<string, readonly Plain[]> {
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
    small: [
      {
        label: 'xargs -P8 curl, 1,000 files',
        shell: `mkdir small && seq 0 999 | xargs -P8 -I{} curl -sf -o small/{} ${url}/small/{}`,
      },
      {
        label: 'curl --parallel, 1,000 files',
        shell: `mkdir small && cd small && curl -sf --parallel --parallel-max 8 --remote-name-all "${url}/small/[0-999]"`,
      },
      {
        label: 'curl --parallel, then sync -f',
        shell: `mkdir small && cd small && curl -sf --parallel --parallel-max 8 --remote-name-all "${url}/small/[0-999]" && sync -f .`,
      },
      { label: 'fetch-file, 1,000 files', words: ['--config', config] },
    ],
    one: [
      {
        label: 'curl to tee to sha256sum',
        shell: `curl -sf ${url}/one.bin | tee one.bin | sha256sum | grep -q ${sums.one}`,
      },
      { label: 'fetch-file, one file with sha256', words: [`one.bin=${url}/one.bin#sha256=${sums.one}`] },
    ],
    rated: [
      { label: 'curl, 20 MB/s for each connection', shell: `curl -sfO ${url}/rated/rated.bin` },
      {
        label: 'aria2c -x8',
        shell: `aria2c -q -x8 -s8 -k1M --checksum=sha-256=${sums.rated} ${url}/rated/rated.bin`,
      },
      { label: 'fetch-file, the same', words: [`rated.bin=${url}/rated/rated.bin#sha256=${sums.rated}`] },
      {
        label: 'fetch-file --connections 8',
        words: [`rated.bin=${url}/rated/rated.bin#sha256=${sums.rated}`, '--connections=8'],
      },
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

function report(all: readonly Row[], cold: string): Report {
  const rows = all.map(({ label, wall, wallRatio, cpu, cpuRatio, rss, small }) => [
    label,
    `${wall.toFixed(0)} ms (× ${wallRatio.toFixed(2)})`,
    `${cpu.toFixed(0)} ms (× ${cpuRatio.toFixed(2)})`,
    `${rss.toFixed(0)} MiB`,
    format(small),
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
  const tried = ours.filter(({ small }) => small !== undefined)
  return {
    title: 'fetch-file',
    notes: [
      'Files from nginx on this machine, each run into a folder of its own, in turn with the peer that stands above it; ratios are to the first of each group. The archives hold 5,000 small files and two large ones. Peak RSS is that of the largest process, and counts 45 to 70 MiB of Node itself, as the kernel maps its file. fetch-file waits for the disk before a plain file gets its name, and for the folder (files in an unpacked folder are not synced, decision 0003); of the others only the one with sync waits.',
      'The last column is one more run in a cgroup with 64 MiB: its own memory is what is no page of a file, which the kernel can drop. Node is in the page cache of the machine there, as it is on a node that has run any of our containers.',
      ...(cold === '' ? [] : [`tar.gz where Node is not in the page cache: ${cold} (decision 0106).`]),
    ],
    columns: ['', 'wall', 'CPU', 'peak RSS', 'in 64 MiB'],
    rows,
    targets: [
      ...limit('fetch-file, tar.gz', 1, 'curl to tar xz'),
      ...limit('fetch-file, zip', 0.9, 'wget, then unzip'),
      ...limit('fetch-file, tar.zst', 1, 'curl to zstd -d to tar x'),
      ...limit('fetch-file, one file with sha256', 1.05, 'curl to tee to sha256sum'),
      ...limit('fetch-file, 1,000 files', 0.5, 'xargs -P8 curl, 1,000 files'),
      ...limit('fetch-file, 1,000 files', 1.3, 'curl --parallel, 1,000 files'),
      ...limit('fetch-file, 1,000 files', 1.3, 'curl --parallel, then sync -f'),
      ...(tried.length === 0
        ? []
        : [
            {
              name: 'all in a container of 64 MiB',
              reached: `${tried.filter(({ small }) => small !== 'killed').length} of ${tried.length}`,
              held: tried.every(({ small }) => small !== 'killed'),
            },
          ]),
      { name: 'peak RSS ≤ 80 MiB', reached: `${rss.toFixed(0)} MiB`, held: rss <= 80 },
    ],
  }
}

function makeFiles(html: string, size: number, single: number): void {
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
  large(join(html, 'one.bin'), single)
  large(join(html, 'rated.bin'), 2.5 * size)
  const commands =
    'tar cf a.tar data; gzip -1k a.tar; zstd -q a.tar; zip -q1r a.zip data; rm -r a.tar data; chmod -R a+rX . ..'
  execFileSync('sh', ['-ec', commands], { cwd: html })
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
