import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sign } from '../../packages/aws/src/index.ts'
import { mustRun } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { withPod } from '@initbox/pod-runner'
import { freePort, moto, nginx, type Service, startService, withService } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = import.meta.dirname
const files = mkdtempSync(join(tmpdir(), 'initbox-dataset-'))
// Docker keeps its networks apart: server and Pods have to be in one.
const network = `initbox-test-dataset-${process.pid}`
let web: Service<{ readonly url: string }>
let images: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  mkdirSync(join(files, 'in'))
  writeFileSync(join(files, 'in/README.txt'), 'ten images of cats\n')
  execFileSync(
    'sh',
    ['-c', '(cd in && zip -qr ../dataset.zip .) && sha256sum dataset.zip >SHA256SUMS && chmod a+r *'],
    { cwd: files },
  )
  chmodSync(files, 0o755)
  images = { 'busybox:1.37': await runnableImage('busybox:1.37') }
  await mustRun('docker', ['network', 'create', network])
  const flags = ['--volume', `${files}:/usr/share/nginx/html:ro`, '--network', network]
  web = await startService(nginx, { flags })
}, 120_000)
afterAll(async () => {
  await web?.stop()
  await mustRun('docker', ['network', 'rm', network])
  rmSync(files, { recursive: true })
})

const manifestOf = (file: string): string =>
  readFileSync(join(folder, file), 'utf8').replaceAll('http://files.example/', `http://${web.address}:8080/`)

test.each([['pod.yaml'], ['two-step.yaml'], ['watch.yaml']])(
  '%s brings the dataset',
  async (file) => {
    await withPod(manifestOf(file), { mode: 'docker', pod: 'dataset', images, network }, async (pod) => {
      await pod.finished()
      expect(pod.logs('app')).toContain('ten images of cats')
      expect(String(await pod.readFile('data', 'data/README.txt'))).toBe('ten images of cats\n')
    })
  },
  60_000,
)

test('pod.yaml says what it did, without Docker too', async () => {
  const manifest = readFileSync(join(folder, 'pod.yaml'), 'utf8')
    .replace('http://files.example/', web.url)
    // In the place of the application, which is no program of ours.
    .replace(
      /image: busybox:1\.37\n\s+command: .*/,
      'image: initbox/wait-for:dev\n      args: ["file:///data/README.txt"]',
    )
  await withPod(manifest, { mode: 'process', pod: 'dataset' }, async (pod) => {
    await pod.finished()
    expect(pod.logs('fetch')).toMatch(/fetched data: 19 B in .*, sha256 verified/)
  })
}, 60_000)

test('s3-model.yaml brings what is below the folder, by the role of its service account', async () => {
  await withService(moto, async ({ url }) => {
    const put = async (path: string, body: string): Promise<void> => {
      const target = new URL(`${url}/${path}`)
      const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret-of-the-test' }
      const headers = Object.fromEntries(
        sign({ method: 'PUT', url: target, body }, { credentials, region: 'us-east-1', service: 's3' }),
      )
      expect((await fetch(target, { method: 'PUT', headers, body })).status).toBe(200)
    }
    await put('models', '')
    for (const name of ['config.json', 'weights/1.bin', 'README.md']) await put(`models/llama/${name}`, name)
    await put('models/other', 'other')
    // What EKS does to a Pod with this service account.
    const token = join(files, 'token')
    writeFileSync(token, 'a.b.c')
    const injected = {
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/model',
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ENDPOINT_URL: url,
    }
    const env = Object.entries(injected).map(([name, value]) => `\n        - {name: ${name}, value: "${value}"}`)
    const manifest = readFileSync(join(folder, 's3-model.yaml'), 'utf8').replace(
      '      env:',
      `      env:${env.join('')}`,
    )
    await withPod(manifest, { mode: 'process', pod: 'model' }, async (pod) => {
      await pod.finished()
      expect(pod.logs('fetch')).toContain('fetched model: 2 files')
      expect(String(await pod.readFile('model', 'model/weights/1.bin'))).toBe('weights/1.bin')
    })
  })
}, 60_000)

test('compose.yaml: the file, checked', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { WEB_PORT: `${port}` }, async (compose) => {
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/cats.csv`)).text()
    await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toContain('tom,grey')
    expect((await compose('logs', 'fetch')).stdout).toContain('sha256 verified')
  })
}, 120_000)

test('the docker run line of README.md', async () => {
  await withDockerVolume(async (volume, file) => {
    const [line = ''] = readmeBlocks(folder, {
      '-v data:/init': `--network ${network} -v ${volume}:/init`,
      'http://files.example/': `http://${web.address}:8080/`,
    })
    await mustRun('sh', ['-ec', line])
    expect(await file('data/README.txt')).toBe('ten images of cats\n')
  })
})
