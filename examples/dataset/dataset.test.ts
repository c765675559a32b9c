import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { writeTar } from '@initbox/archive/tar'
import { withPod } from '@initbox/pod-runner'
import { expect, onTestFinished, test } from 'vitest'

const path = join(import.meta.dirname, 'pod.yaml')

test('pod.yaml brings the dataset (process)', async () => {
  const archive = gzipSync(
    writeTar([{ kind: 'file', path: 'README.txt', mode: 0o644, content: Buffer.from('ten images of cats\n') }]),
  )
  const server = createServer((_request, response) => response.end(archive)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dataset.tar.gz`
  const manifest = readFileSync(path, 'utf8').replace('http://files.example/dataset.tar.gz', url)
  await withPod(manifest, { mode: 'process', pod: 'dataset' }, async (pod) => {
    await pod.finished()
    expect(pod.logs('fetch')).toContain('fetched data: 19 B')
    expect(String(await pod.readFile('data', 'data/README.txt'))).toBe('ten images of cats\n')
  })
})
