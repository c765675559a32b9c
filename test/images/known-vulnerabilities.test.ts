import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'
import { afterAll, beforeAll, expect, test } from 'vitest'

// What is in our own images, as check-vulnerabilities reads it from the bill of materials that each of them carries.
const folder = mkdtempSync(join(tmpdir(), 'initbox-bills-'))
// The others have no npm package in them.
const images = ['base', 'prepare-volume', 'git-clone', 'fetch-secret', 'warm-redis']
const bills = images.map((name) => `${name}.cdx.json`)

beforeAll(async () => {
  mkdirSync(join(folder, 'osv'))
  const about = (id: string, ecosystem: string, name: string, fixed: string, vector: string): void =>
    writeFileSync(
      join(folder, `osv/${id}.json`),
      JSON.stringify({
        id,
        modified: '2026-01-01T00:00:00Z',
        severity: [{ type: 'CVSS_V3', score: vector }],
        affected: [
          { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
        ],
      }),
    )
  about('T-1', 'npm', 'js-yaml', '99.0.0', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')
  about('T-2', 'Debian:12', 'base-files', '99', 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L')
  for (const name of images) {
    const container = await mustRun('docker', ['create', `initbox/${name}:dev`, 'never-run'])
    const path = `/usr/share/doc/${name === 'base' ? 'initbox-base' : name}/sbom.cdx.json`
    try {
      await mustRun('docker', ['cp', `${container}:${path}`, join(folder, `${name}.cdx.json`)])
    } finally {
      await mustRun('docker', ['rm', container])
    }
  }
  await mustRun('chmod', ['-R', 'a+rX', folder])
})
afterAll(() => rmSync(folder, { recursive: true }))

const check = (...argv: string[]) =>
  run('docker', [
    'run',
    '--rm',
    '--network',
    'none',
    '-v',
    `${folder}:/init:ro`,
    'initbox/check-vulnerabilities:dev',
    ...argv,
  ])

test('the packages of Debian and npm that are in our images are found in their bills', async () => {
  const { code, stderr } = await check(...bills, '--osv-dir', 'osv')
  expect(code).toBe(5)
  expect(stderr).toContain('js-yaml 5.5.0: critical T-1, fixed in 99.0.0')
  expect(stderr).toContain('1 package cannot be checked, by kind or version: node')
})

test('a bill whose packages have nothing worse than asked for goes through', async () => {
  const { code, stderr } = await check('base.cdx.json', '--osv-dir', 'osv')
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /no known vulnerability of high or worse in \d+ packages \(1 below it\), as of 2026-01-01; 1 could not/,
  )
})
