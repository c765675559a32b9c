import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTools, root } from '@initbox/build'
import type { Report } from '@initbox/scripts/bench-report'
import { compare, type Contender } from './measure.ts'

/**
 * 5,000 packages of npm, Go and PyPI against 20,000 records: a folder, and a service on loopback that knows 40 of them.
 * Nothing is bad enough to be refused, since a bench counts good ends only. Arguments: rounds.
 */
export async function bench([rounds = '5']: readonly string[]): Promise<Report> {
  await buildTools(['check-vulnerabilities'])
  const folder = mkdtempSync(join(tmpdir(), 'initbox-vulnerabilities-'))
  const requests = { count: 0 }
  const server = createServer((request, response) => {
    requests.count++
    let body = ''
    request.on('data', (chunk: Buffer) => (body += String(chunk)))
    request.on('end', () => response.end(answerTo(request.url ?? '', body)))
  })
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    writeFileSync(join(folder, 'bom.json'), JSON.stringify(bill()))
    mkdirSync(join(folder, 'osv'))
    for (let index = 0; index < records; index++) writeFileSync(join(folder, 'osv', `T-${index}.json`), record(index))
    const program = join(root, 'tools/check-vulnerabilities/dist/check-vulnerabilities.cjs')
    const ours = [process.execPath, program, 'bom.json'] as const
    const contenders: Contender[] = [
      { label: 'an empty file', argv: [process.execPath, '-e', '0'] },
      { label: 'folder of records', argv: [...ours, '--osv-dir', 'osv'], cwd: folder },
      { label: 'service', argv: [...ours, '--osv', `http://127.0.0.1:${port}`], cwd: folder },
    ]
    const results = await compare(contenders, Number(rounds))
    const [, byFolder] = results
    // The warming up, the rounds, and the run whose memory is read.
    const perRun = requests.count / (Number(rounds) + 2)
    return {
      title: 'Known vulnerabilities of 5,000 packages',
      notes: [`${records} records of about 2 kB. Medians of ${rounds} interleaved rounds after one of warming up.`],
      columns: ['run', 'wall ms', 'CPU ms', 'CPU ×', 'peak RSS MiB'],
      rows: results.map(({ label, wall, cpu, cpuRatio, rss }) => [label, wall, cpu, cpuRatio, rss]),
      targets:
        byFolder === undefined
          ? []
          : [
              { name: 'folder: wall ≤ 2 s', reached: `${byFolder.wall.toFixed(0)} ms`, held: byFolder.wall <= 2_000 },
              {
                name: 'folder: peak RSS ≤ 96 MiB',
                reached: `${byFolder.rss.toFixed(0)} MiB`,
                held: byFolder.rss <= 96,
              },
              {
                name: `service: requests ≤ packages / 1,000 + records (${packages / 1_000 + known})`,
                reached: perRun.toFixed(0),
                held: perRun <= packages / 1_000 + known,
              },
            ],
    }
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
}

const packages = 5_000
const records = 20_000
/** Packages that the service knows a record about. */
const known = 40

const kinds = [
  { ecosystem: 'npm', purl: 'npm' },
  { ecosystem: 'Go', purl: 'golang' },
  { ecosystem: 'PyPI', purl: 'pypi' },
] as const

const kind = (index: number): (typeof kinds)[number] => kinds[index % 3] ?? kinds[0]

function bill(): object {
  const components = Array.from({ length: packages }, (_, index) => ({
    type: 'library',
    name: `package-${index}`,
    purl: `pkg:${kind(index).purl}/package-${index}@1.${index % 10}.0`,
  }))
  return { bomFormat: 'CycloneDX', specVersion: '1.6', components }
}

/** About one of 20,000 packages, a quarter of which are in the bill; its severity is low. */
function record(index: number): string {
  const events = [{ introduced: '0' }, { fixed: `1.${index % 12}.0` }, { introduced: '2.0.0' }, { fixed: '2.1.0' }]
  return JSON.stringify({
    schema_version: '1.7.0',
    id: `T-${index}`,
    modified: '2026-01-01T00:00:00Z',
    aliases: [`CVE-2026-${index}`],
    summary: 'Something could be done that should not be',
    details: 'What it is, how it was found, and what it does. '.repeat(30),
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L' }],
    affected: [
      {
        package: { ecosystem: kind(index).ecosystem, name: `package-${index}` },
        ranges: [{ type: kind(index).ecosystem === 'PyPI' ? 'ECOSYSTEM' : 'SEMVER', events }],
      },
    ],
  })
}

function answerTo(path: string, body: string): string {
  if (path !== '/v1/querybatch') return record(Number(path.replace('/v1/vulns/T-', '')))
  const { queries } = JSON.parse(body) as { queries: { package: { name: string } }[] }
  const results = queries.map(({ package: { name } }) => {
    const index = Number(name.replace('package-', ''))
    return index < known ? { vulns: [{ id: `T-${index}`, modified: '2026-01-01T00:00:00Z' }] } : {}
  })
  return JSON.stringify({ results })
}
