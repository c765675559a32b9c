import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun, run } from '@initbox/engine/command'
import { registry, startService } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'

// The lines of images/README.md, to a registry on loopback, which Docker trusts without TLS.

const [block = ''] =
  /(?<=<!-- run by test\/images\/push\.test\.ts -->\n```sh\n)[\s\S]*?(?=```)/.exec(
    readFileSync(join(import.meta.dirname, '../../images/README.md'), 'utf8'),
  ) ?? []

test('images/README.md: images are pushed under a name of their own, twice the same, and can be pulled', async () => {
  const server = await startService(registry)
  onTestFinished(() => server.stop())
  const team = `127.0.0.1:${server.port}/team`
  const images = ['wait-for', 'write-pod-ip'].map((tool) => `${team}/${tool}:v1`)
  onTestFinished(async () => void (await run('docker', ['rmi', ...images])))
  const push = async (): Promise<string[]> => {
    const said = await mustRun('sh', ['-ec', block.replaceAll('registry.example/team', team)])
    return [...said.matchAll(/^v1: digest: (sha256:\S+)/gm)].map(([, digest = '']) => digest)
  }
  const first = await push()
  expect(first).toHaveLength(2)
  expect(await push()).toEqual(first)
  const [image = ''] = images
  await mustRun('docker', ['rmi', image])
  await mustRun('docker', ['pull', '--quiet', image])
  expect(await mustRun('docker', ['run', '--rm', image, '--version'])).toMatch(/^wait-for \d|^\d/)
})
