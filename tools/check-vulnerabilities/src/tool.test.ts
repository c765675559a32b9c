import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { httpServer } from '@initbox/testing/http-server'
import { beforeEach, expect, test } from 'vitest'
import { fixtures, osvService } from './test-osv-service.ts'
import { tool } from './tool.ts'

useVolume()

const lodash = { 'node_modules/lodash': { version: '4.17.11' } }
const known = {
  'npm lodash 4.17.11': ['GHSA-jf85-cpcp-j695', 'GHSA-35jh-r3h4-6jhm'],
  'Go golang.org/x/net 0.7.0': ['GO-2023-1988', 'GO-2023-2102'],
}

beforeEach(() => {
  writeFileSync('package-lock.json', lock({ ...lodash, 'node_modules/minimist': { version: '1.2.6' } }))
  writeFileSync('clean.json', lock({ 'node_modules/lodash': { version: '4.17.21' } }))
  mkdirSync('osv')
  for (const [id, record] of fixtures) writeFileSync(`osv/${id}.json`, record)
})

function lock(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages })
}

const run = (...argv: string[]) => runToolWith(tool, argv)
const refusedLodash =
  'refused: 1 of 2 packages has known vulnerabilities of high or worse (lodash 4.17.11: GHSA-jf85-cpcp-j695, GHSA-35jh-r3h4-6jhm) (hint: update to lodash 4.17.21, or add an exception with a reason and an end to --config)'

test('a known vulnerability is refused with what to do, by a folder of records', async () => {
  const { code, log } = await run('package-lock.json', '--osv-dir', 'osv')
  expect(code).toBe(5)
  expect(log.split('\n')).toEqual([
    'error: lodash 4.17.11: critical GHSA-jf85-cpcp-j695, fixed in 4.17.12: Prototype Pollution in lodash; https://osv.dev/vulnerability/GHSA-jf85-cpcp-j695',
    'error: lodash 4.17.11: high GHSA-35jh-r3h4-6jhm, fixed in 4.17.21: Command Injection in lodash; https://osv.dev/vulnerability/GHSA-35jh-r3h4-6jhm',
    `error: ${refusedLodash}`,
  ])
})

test('the same by a service, through its pages, with few requests', async () => {
  const { url, requests } = await osvService({ known, page: 1 })
  const { code, log } = await run('package-lock.json', '--osv', url)
  expect({ code, last: log.split('\n').at(-1) }).toEqual({ code: 5, last: `error: ${refusedLodash}` })
  expect(requests.toSorted()).toEqual([
    'GET /v1/vulns/GHSA-35jh-r3h4-6jhm',
    'GET /v1/vulns/GHSA-jf85-cpcp-j695',
    'POST /v1/querybatch',
    'POST /v1/querybatch',
  ])
})

test('nothing known tells how much was looked at, and as of when', async () => {
  expect(await run('package-lock:clean.json', '--osv-dir', 'osv')).toEqual({
    code: 0,
    log: 'no known vulnerability of high or worse in 1 package, as of 2024-06-05',
    output: '',
  })
})

test('what is less than asked for goes through and is counted', async () => {
  writeFileSync('Cargo.lock', '[[package]]\nname = "time"\nversion = "0.1.44"\nsource = "registry"\n')
  expect(await run('Cargo.lock', '--osv-dir', 'osv')).toMatchObject({
    code: 0,
    log: 'no known vulnerability of high or worse in 1 package (1 below it), as of 2024-06-05',
  })
  expect(await run('Cargo.lock', '--osv-dir', 'osv', '--severity', 'medium')).toMatchObject({ code: 5 })
})

test('what nobody has rated is refused, unless it is to be ignored', async () => {
  writeFileSync('go.mod', 'require golang.org/x/net v0.7.0\n')
  const { code, log } = await run('go.mod', '--osv-dir', 'osv')
  expect(code).toBe(5)
  expect(log).toContain('error: golang.org/x/net 0.7.0: unrated GHSA-2wrh-6pvc-2jm9, fixed in 0.13.0')
  expect(log).toContain('https://osv.dev/vulnerability/GO-2023-1988')
  expect(log).toContain('of high or worse, or unrated, (')
  expect(await run('go.mod', '--osv-dir', 'osv', '--unrated', 'ignore')).toMatchObject({ code: 0 })
})

test('an exception holds until its day, for its package and by any of its names', async () => {
  const exceptions = (until: string, more = '') =>
    `exceptions:\n- {id: CVE-2019-10744, until: ${until}, reason: not reachable${more}}\n- {id: GHSA-35jh-r3h4-6jhm, package: lodash, until: 2999-01-01, reason: templates are ours}\n`
  const at = (config: string) => run('package-lock.json', '--osv-dir', 'osv', '--config', config)
  const good = await at(exceptions('2999-01-01'))
  expect(good.code).toBe(0)
  expect(good.log).toContain('(accepted until 2999-01-01: not reachable)')
  expect(good.log).toContain('no known vulnerability of high or worse in 2 packages (2 accepted), as of')
  const old = await at(exceptions('2020-01-01'))
  expect(old.code).toBe(5)
  expect(old.log).toContain('; an exception has ended: GHSA-jf85-cpcp-j695 (hint:')
  expect(await at(exceptions('2999-01-01', ', package: lodash-es'))).toMatchObject({ code: 5 })
  const wrong = await at('exceptions:\n- {id: CVE-2019-10744, until: soon}\n')
  expect(wrong).toMatchObject({ code: 2 })
  expect(wrong.log).toContain('exceptions[0].until must be a date such as 2027-01-31')
  expect(wrong.log).toContain('exceptions[0].reason is missing')
})

test('statements of OpenVEX count for the version that they name', async () => {
  const vex = (status: string, product: string) =>
    JSON.stringify({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      statements: ['CVE-2019-10744', 'CVE-2021-23337'].map((name) => ({
        vulnerability: { name },
        products: [{ '@id': 'pkg:oci/app', subcomponents: [{ '@id': product }] }],
        status,
      })),
    })
  const at = async (status: string, product: string) => {
    writeFileSync('a.vex.json', vex(status, product))
    return (await run('package-lock.json', '--osv-dir', 'osv', '--vex', 'a.vex.json')).code
  }
  expect(await at('not_affected', 'pkg:npm/lodash@4.17.11')).toBe(0)
  expect(await at('fixed', 'pkg:npm/lodash')).toBe(0)
  expect(await at('not_affected', 'pkg:npm/lodash@4.17.12')).toBe(5)
  expect(await at('under_investigation', 'pkg:npm/lodash@4.17.11')).toBe(5)
  writeFileSync('a.vex.json', '{}')
  expect(await run('package-lock.json', '--osv-dir', 'osv', '--vex', 'a.vex.json')).toMatchObject({ code: 5 })
})

test('--fixed-only lets through what nothing newer mends', async () => {
  writeFileSync(
    'osv/GHSA-jf85-cpcp-j695.json',
    fixtures.get('GHSA-jf85-cpcp-j695')?.replace('"fixed": "4.17.12"', '"last_affected": "4.17.11"') ?? '',
  )
  const { code, log } = await run('package-lock.json', '--osv-dir', 'osv', '--fixed-only')
  expect(code).toBe(5)
  expect(log).not.toContain('GHSA-jf85')
})

test('findings are written as JSON and SARIF, also when they are refused, and a second run changes nothing', async () => {
  const argv = ['package-lock.json', '--osv-dir', 'osv', '--json-out', 'out/all.json', '--sarif-out', 'out/all.sarif']
  expect(await run(...argv)).toMatchObject({ code: 5 })
  const { findings } = JSON.parse(readFileSync('out/all.json', 'utf8')) as { findings: unknown[] }
  expect(findings[0]).toEqual({
    package: { ecosystem: 'npm', name: 'lodash', version: '4.17.11' },
    id: 'GHSA-jf85-cpcp-j695',
    aliases: ['CVE-2019-10744'],
    severity: 'critical',
    fixedIn: '4.17.12',
    summary: 'Prototype Pollution in lodash',
    link: 'https://osv.dev/vulnerability/GHSA-jf85-cpcp-j695',
    judgement: 'refused',
  })
  const sarif = JSON.parse(readFileSync('out/all.sarif', 'utf8')) as {
    runs: { results: { ruleId: string; level: string }[] }[]
  }
  expect(sarif.runs[0]?.results.map(({ ruleId, level }) => `${level} ${ruleId}`)).toEqual([
    'error GHSA-jf85-cpcp-j695',
    'error GHSA-35jh-r3h4-6jhm',
  ])
  await run(...argv)
  expect(volumeEntries().filter((name) => name.startsWith('out'))).toEqual(['out', 'out/all.json', 'out/all.sarif'])
})

test('records are kept in --cache as long as the service names the same time of change', async () => {
  const { url, requests } = await osvService({ known })
  const again = () => run('package-lock.json', '--osv', url, '--cache', 'kept')
  await again()
  requests.length = 0
  expect(await again()).toMatchObject({ code: 5 })
  expect(requests).toEqual(['POST /v1/querybatch'])
  writeFileSync('kept/GHSA-jf85-cpcp-j695.json', '{"id":"GHSA-jf85-cpcp-j695","modified":"2000-01-01T00:00:00Z"}')
  writeFileSync('kept/GHSA-35jh-r3h4-6jhm.json', '{')
  requests.length = 0
  expect(await again()).toMatchObject({ code: 5 })
  expect(requests).toHaveLength(3)
  // Another record under this name says nothing of it.
  writeFileSync('kept/GHSA-jf85-cpcp-j695.json', '{"id":"A-1","modified":"2023-09-05T22:24:55Z"}')
  requests.length = 0
  expect(await again()).toMatchObject({ code: 5 })
  expect(requests).toHaveLength(2)
})

test('what came before a failure is kept for the next try', async () => {
  const ids = ['GHSA-jf85-cpcp-j695', 'GHSA-0000-0000-0000']
  const port = await httpServer((request, response) => {
    request.resume()
    if (request.url === '/v1/querybatch') {
      const vulns = ids.map((id) => ({ id, modified: '2023-09-05T22:24:55Z' }))
      response.end(JSON.stringify({ results: [{ vulns }, {}] }))
    } else if (request.url?.endsWith(ids[0] ?? '') === true) response.end(fixtures.get(ids[0] ?? ''))
    else setTimeout(() => response.writeHead(404).end(), 300)
  })
  expect(await run('package-lock.json', '--osv', `http://127.0.0.1:${port}`, '--cache', 'kept')).toMatchObject({
    code: 4,
  })
  expect(volumeEntries()).toContain('kept/GHSA-jf85-cpcp-j695.json')
})

test('a service that is busy is asked again; one that stays so ends the run or, if asked, only warns', async () => {
  const busy = await osvService({ known, failures: [503, 429, 500] })
  expect(await run('package-lock.json', '--osv', busy.url)).toMatchObject({ code: 5 })
  const gone = ['package-lock.json', '--osv', 'http://127.0.0.1:1', '--timeout', '50ms']
  expect(await run(...gone)).toMatchObject({ code: 124 })
  const warned = await run(...gone, '--on-unavailable', 'warn')
  expect(warned.code).toBe(0)
  expect(warned.log).toContain('warning: the application starts unchecked: gave up after 50 ms')
  expect(warned.log).toMatch(/not checked: .*$/)
})

test.each<[string, (path: string) => string, string]>([
  ['that is none of OSV', () => '<html>', 'it is not JSON'],
  ['that answers too little', () => '{"results":[]}', 'the service answers 0 of 2 questions'],
  [
    'that answers another record',
    (path) => (path.endsWith('querybatch') ? '{"results":[{"vulns":[{"id":"A-1"}]},{}]}' : '{"id":"A-2"}'),
    'answers A-2 when asked for A-1',
  ],
  [
    'with an id that leads elsewhere',
    (path) => (path.endsWith('querybatch') ? '{"results":[{"vulns":[{"id":"../../x"}]},{}]}' : '{"id":"../../x"}'),
    'a record has no id',
  ],
  [
    'whose pages never end',
    () => '{"results":[{"next_page_token":"a"},{"next_page_token":"a"}]}'.repeat(1),
    'more than 1,000 pages',
  ],
])('a service %s is refused in one sentence', async (_, answer, message) => {
  const port = await httpServer((request, response) => {
    request.resume()
    const body = answer(request.url ?? '')
    // Later pages are about those that had a token only; this server keeps their number.
    response.end(body)
  })
  const { code, log } = await run('package-lock.json', '--osv', `http://127.0.0.1:${port}`, '--cache', 'kept')
  expect({ code, log }).toMatchObject({ code: 5, log: expect.stringContaining(message) })
  expect(log.split('\n')).toHaveLength(1)
  expect(volumeEntries()).not.toContain('kept')
})

test('a package whose version cannot be compared is never "no vulnerabilities"', async () => {
  writeFileSync(
    'osv/X-1.json',
    '{"id":"X-1","affected":[{"package":{"ecosystem":"Maven","name":"g:a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}',
  )
  writeFileSync('bom.json', '{"bomFormat":"CycloneDX","components":[{"name":"a","purl":"pkg:maven/g/a@1.0"}]}')
  expect(await run('bom.json', '--osv-dir', 'osv')).toEqual({
    code: 5,
    log: 'error: cannot tell whether g:a 1.0: X-1 is a match: the version cannot be compared (hint: ask a service (--osv), which lists versions one by one)',
    output: '',
  })
})

test('what cannot be checked is told in the last sentence too', async () => {
  writeFileSync('r.txt', 'jinja2==3.1.4\nmine @ file:///x\n')
  const { code, log } = await run('requirements:r.txt', '--osv-dir', 'osv')
  expect(code).toBe(0)
  expect(log).toContain('warning: 1 package cannot be checked, by kind or version: mine @ file:///x')
  expect(log).toMatch(/; 1 could not be checked: mine @ file:\/\/\/x$/)
})

test('records: none, too old, damaged, withdrawn', async () => {
  mkdirSync('none')
  expect(await run('package-lock.json', '--osv-dir', 'none')).toMatchObject({ code: 4 })
  expect(await run('package-lock.json', '--osv-dir', 'nowhere')).toMatchObject({ code: 4 })
  const old = ['package-lock:clean.json', '--osv-dir', 'osv', '--max-age', '7d']
  expect(await run(...old)).toMatchObject({
    code: 5,
    log: expect.stringContaining('the newest record of osv is of 2024-06-05, older than 168h'),
  })
  expect(await run(...old, '--on-unavailable', 'warn')).toMatchObject({ code: 0 })
  for (const id of ['GHSA-jf85-cpcp-j695', 'GHSA-35jh-r3h4-6jhm']) {
    writeFileSync(`osv/${id}.json`, fixtures.get(id)?.replace('{', '{"withdrawn": "2024-01-01T00:00:00Z",') ?? '')
  }
  expect(await run('package-lock.json', '--osv-dir', 'osv')).toMatchObject({ code: 0 })
  writeFileSync('osv/broken.json', '{')
  expect(await run('package-lock.json', '--osv-dir', 'osv')).toMatchObject({
    code: 5,
    log: expect.stringContaining('cannot use osv/broken.json: it is not JSON'),
  })
})

test('the exports of osv.dev are read as they are, zips of one ecosystem each', async () => {
  execFileSync('python3', [
    '-c',
    "import zipfile,glob;z=zipfile.ZipFile('all.zip','w',zipfile.ZIP_DEFLATED);[z.write(f,f[4:]) for f in glob.glob('osv/*')]",
  ])
  mkdirSync('export/npm', { recursive: true })
  renameSync('all.zip', 'export/npm/all.zip')
  const { code, log } = await run('package-lock.json', '--osv-dir', 'export')
  expect({ code, last: log.split('\n').at(-1) }).toEqual({ code: 5, last: `error: ${refusedLodash}` })
  truncateSync('export/npm/all.zip', 2_000)
  expect(await run('package-lock.json', '--osv-dir', 'export')).toMatchObject({
    code: 5,
    log: expect.stringContaining('cannot use export/npm/all.zip: the archive'),
  })
})

test('nothing to check is a wrong configuration', async () => {
  expect(await run()).toMatchObject({ code: 2, log: expect.stringContaining('there is nothing to check') })
  expect(await run('absent.json')).toMatchObject({ code: 4 })
})
