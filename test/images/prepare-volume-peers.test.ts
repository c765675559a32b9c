import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@initbox/engine/command'
import { baseImage } from '@initbox/engine/debian-image'
import { withDockerVolume } from '@initbox/testing/readme'
import { beforeAll, expect, test } from 'vitest'

// What the README of prepare-volume says of its peers, and of itself under the same conditions.

const readme = readFileSync(join(import.meta.dirname, '../../tools/prepare-volume/README.md'), 'utf8')
const [oneLiner = '', bitnami = ''] = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
const ours = ['--folder', 'cache', '--copy', '/config -> conf', '--link', 'current -> conf/app.yaml']
const config = 'echo "theme: light" >/config/app.yaml'

let debian = ''
beforeAll(async () => {
  debian = await baseImage()
})

type Result = { readonly code: number; readonly stderr: string }

/** Runs a peer once, in a read-only root where /config is a folder in memory. */
async function peer(script: string, volume: string, user: string): Promise<Result> {
  const flags = ['--read-only', '--tmpfs', '/config:mode=1777', '--user', user, '-v', `${volume}:/data`]
  const whole = `set -e\n${config}\n${script}`
  return run('docker', ['run', '--rm', '--network', 'none', ...flags, '--entrypoint', 'sh', debian, '-c', whole])
}

async function tool(volume: string, user: string): Promise<Result> {
  const mounts = [
    '-v',
    `${volume}:/init`,
    '-v',
    `${join(import.meta.dirname, '../../examples/environment-set-up/config')}:/config:ro`,
  ]
  const flags = ['--read-only', '--user', user, '--network', 'none', ...mounts]
  return run('docker', ['run', '--rm', ...flags, 'initbox/prepare-volume:dev', ...ours])
}

test('busybox sh -c: works once as root, fails when it runs again, and under a random UID', async () => {
  await withDockerVolume(async (volume) => {
    expect(await peer(oneLiner, volume, '0:0')).toMatchObject({ code: 0 })
    expect(await peer(oneLiner, volume, '0:0')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('File exists'),
    })
  })
  await withDockerVolume(async (volume) => {
    await peer('chmod 777 /data', volume, '0:0')
    const { code, stderr } = await peer(oneLiner, volume, '12345:0')
    expect([code, stderr]).toEqual([1, expect.stringContaining('Operation not permitted')])
  })
})

test('volumePermissions: works as root, again and again, and not under a random UID', async () => {
  await withDockerVolume(async (volume) => {
    expect(await peer(bitnami, volume, '0:0')).toMatchObject({ code: 0 })
    expect(await peer(bitnami, volume, '0:0')).toMatchObject({ code: 0 })
    expect((await peer(bitnami, volume, '12345:0')).stderr).toContain('Operation not permitted')
  })
})

test('prepare-volume: works under a random UID, and writes nothing when it runs again', async () => {
  await withDockerVolume(async (volume) => {
    expect(await tool(volume, '12345:0')).toMatchObject({ code: 0, stderr: expect.stringContaining('copied 2 files') })
    expect(await tool(volume, '12345:0')).toMatchObject({
      code: 0,
      stderr: 'nothing to do: all 3 steps are done already\n',
    })
  })
})
