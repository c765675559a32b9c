import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tool } from '../../tools/fetch-secret/src/tool.ts'
import { asApp } from './fetch-secret/bundle.ts'
import { fakeVault } from './fetch-secret/fake-vault.ts'

// What users of the peers have reported, and what happens here instead.
useVolume()

const read = (path: string): string => readFileSync(path, 'utf8')
const run = (address: string, ...words: string[]) => runToolWith(tool, ['--timeout=20s', ...words], asApp(address))

describe('Vault', () => {
  test('hashicorp/vault#9306: a template that cannot be rendered is exit 5, not 0', async () => {
    writeFileSync('app.tpl', 'password=${password} user=${user}')
    const address = await fakeVault({ db: { password: 'x' } })
    const { code, log } = await run(address, 'app.conf=vault://secret/db#template-file=app.tpl')
    expect(code).toBe(5)
    expect(log).toContain('user')
    expect(volumeEntries()).toEqual(['app.tpl'])
  })

  test('hashicorp/vault-k8s#477: 403 ends the run at its first answer', async () => {
    let asked = 0
    const address = await fakeVault({}, ({ url = '' }, response) => {
      if (!url.includes('/data/')) return false
      asked++
      response.writeHead(403).end('{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}')
      return true
    })
    const { code, log } = await run(address, 'k=vault://secret/db#password')
    expect(code).toBe(3)
    expect(log).toContain('403 1 error occurred: * permission denied (hint: the policy of the role')
    expect(asked).toBe(1)
  })

  test('hashicorp/vault#20772: what kind of engine it is, is asked again and never guessed', async () => {
    const paths: string[] = []
    let failures = 2
    const address = await fakeVault({ tenant: { key: 'value' } }, ({ url = '' }, response) => {
      paths.push(url)
      if (!url.includes('/internal/ui/mounts/') || failures-- <= 0) return false
      response.writeHead(500).end('{"errors":["context deadline exceeded"]}')
      return true
    })
    expect(await run(address, 'k=vault://secret/tenant#key')).toMatchObject({ code: 0 })
    expect(paths).not.toContain('/v1/secret/tenant')
    expect(read('k')).toBe('value')
  })

  test('hashicorp/vault#7883, vault-k8s#370: no end before every output is there', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `s${at}`)
    const address = await fakeVault(Object.fromEntries(names.map((name) => [name, { key: name }])))
    expect(await run(address, ...names.map((name) => `${name}=vault://secret/${name}#key`))).toMatchObject({ code: 0 })
    expect(names.map(read)).toEqual(names)
  })

  test('hashicorp/vault-k8s#134: without anything to write it is exit 2, and no empty success', async () => {
    expect(await run('http://127.0.0.1:1')).toMatchObject({ code: 2, log: expect.stringContaining('OUT=SOURCE') })
  })

  test.each([
    ['hashicorp/vault-action#296', 'abc$xyz&more${x}'],
    ['hashicorp/vault#12277', '\\ and \\\\ and \\n'],
    ['hashicorp/nomad#5347', `it's "quoted" # and more`],
    ['hashicorp/vault-action#173', 'line 1\nline 2\n\n'],
  ])('%s: the value is what was stored, byte for byte', async (_, value) => {
    writeFileSync('tpl', '${key}')
    const address = await fakeVault({ odd: { key: value } })
    const words = [
      'raw=vault://secret/odd#key',
      'made=vault://secret/odd#template-file=tpl',
      'all.json=vault://secret/odd',
    ]
    expect(await run(address, ...words)).toMatchObject({ code: 0 })
    expect([read('raw'), read('made'), JSON.parse(read('all.json'))]).toEqual([value, value, { key: value }])
  })
})

describe('AWS', () => {
  /** Secrets Manager with these texts; counts what it is asked. */
  async function amazon(secrets: Readonly<Record<string, string>>) {
    const asked: string[] = []
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (piece) => (text += piece))
      request.on('end', () => {
        const { SecretId: id } = JSON.parse(text)
        asked.push(id)
        response.setHeader('content-type', 'application/x-amz-json-1.1')
        response.end(JSON.stringify({ ARN: id, Name: id, VersionId: '1', SecretString: secrets[id] }))
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'key-of-this-test',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    }
    return { asked, run: (...words: string[]) => runToolWith(tool, words, environment) }
  }

  test('external-secrets#526, kubernetes-external-secrets#385: text is text, also where it looks like something', async () => {
    const [dotenv, json] = ['DB_USER=app\nDB_PASS=x\n', '{ "username": "hello world" }\n']
    const { run: fetches } = await amazon({ backend: dotenv, creds: json })
    expect(await fetches('b=aws-sm://backend', 'credentials=aws-sm://creds')).toMatchObject({ code: 0 })
    expect([read('b'), read('credentials')]).toEqual([dotenv, json])
  })

  test('external-secrets#963: a key with a period', async () => {
    const { run: fetches } = await amazon({ s: '{"foo.bar":"flat","foo":{"bar":"nested"}}' })
    expect(await fetches('flat=aws-sm://s#foo.bar', 'nested=aws-sm://s#/foo/bar')).toMatchObject({ code: 0 })
    expect([read('flat'), read('nested')]).toEqual(['flat', 'nested'])
  })

  test('secrets-store-csi-driver-provider-aws#552: a selector that fits nothing is told as that', async () => {
    const { run: fetches } = await amazon({ 'my-secret-key': '{"HELLO":"WORLD"}' })
    const { code, log } = await fetches('k=aws-sm://my-secret-key#GOODBYE')
    expect(code).toBe(4)
    expect(log).toMatch(/GOODBYE/)
    expect(log).not.toMatch(/permission|WORLD/)
  })

  test('secrets-store-csi-driver-provider-aws#50 and #67: one secret for several files is one request', async () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:/my/path/to/dummy-xyz123'
    const { run: fetches, asked } = await amazon({ [arn]: '{"username":"abc","password":"abc123"}' })
    const words = ['username', 'password'].map((key) => `${key}=aws-sm://${arn}#${key}`)
    expect(await fetches(...words, `copy=aws-sm://${arn}#username`)).toMatchObject({ code: 0 })
    expect(['username', 'password', 'copy'].map(read)).toEqual(['abc', 'abc123', 'abc'])
    expect(asked).toEqual([arn])
    expect(readdirSync('.')).toHaveLength(3)
  })
})
