import { join } from 'node:path'
import { toolNames } from '@initbox/build'
import { describe, expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { exportedFiles } from './exported.ts'
import { ownThings } from './engine.ts'

const images = join(import.meta.dirname, '../../images')
const own = ownThings()

/** What decides how a container of an image runs, and what the image says of itself. */
async function config(image: string): Promise<Record<string, unknown>> {
  const { Entrypoint, Cmd, Env, User, WorkingDir, Labels, Volumes, ExposedPorts } = JSON.parse(
    await mustRun('docker', ['image', 'inspect', '--format', '{{json .Config}}', image]),
  )
  return {
    Entrypoint,
    Cmd: Cmd ?? null,
    Env,
    User,
    WorkingDir,
    Labels,
    Volumes: Volumes ?? null,
    ExposedPorts: ExposedPorts ?? null,
  }
}

/** BuildKit where the engine's client has it, the classic builder elsewhere. */
async function build(labels: Record<string, string>): Promise<string> {
  const buildkit = (await run('docker', ['buildx', 'version'])).code === 0 ? '1' : '0'
  const args = Object.entries({
    TOOL: 'title',
    DESCRIPTION: 'description',
    VERSION: 'version',
    SOURCE: 'source',
    REVISION: 'revision',
    CREATED: 'created',
    BASE_NAME: 'base.name',
    BASE_DIGEST: 'base.digest',
  }).flatMap(([arg, label]) => ['--build-arg', `${arg}=${labels[`org.opencontainers.image.${label}`]}`])
  const tag = own.image()
  const flags = ['--quiet', '--file', join(images, 'Dockerfile'), '--tag', tag, ...args]
  await mustRun('docker', ['build', ...flags, join(images, 'dist')], {
    env: { ...process.env, DOCKER_BUILDKIT: buildkit },
  })
  return tag
}

describe.each(toolNames())('%s', (name) => {
  test('the Dockerfile makes the same image as `npm run images`', async () => {
    const ours = `initbox/${name}:dev`
    const expected = await config(ours)
    const built = await build(expected['Labels'] as Record<string, string>)
    expect(await config(built)).toEqual(expected)
    expect(await exportedFiles(built)).toEqual(await exportedFiles(ours))
  })

  test('the image names its entry point, user and folder, and no command', async () => {
    expect(await config(`initbox/${name}:dev`)).toMatchObject({
      Entrypoint: ['/initbox/start', '/initbox/main.cjs'],
      Cmd: null,
      User: '65532:65532',
      WorkingDir: '/init',
      Env: ['PATH=/usr/local/bin:/nodejs/bin'],
    })
  })

  test('the labels say what it is, and on which base', async () => {
    const { Labels } = await config(`initbox/${name}:dev`)
    const key = (word: string) => `org.opencontainers.image.${word}`
    expect(Labels).toMatchObject({
      [key('title')]: name,
      [key('description')]: expect.stringMatching(/\w+ \w+/),
      [key('version')]: expect.stringMatching(/^\d+\.\d+\.\d+/),
      [key('licenses')]: 'Apache-2.0',
      [key('base.name')]: 'initbox/base:dev',
      [key('base.digest')]: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      [key('source')]: expect.stringMatching(/^https:/),
      [key('revision')]: expect.any(String),
      [key('created')]: expect.any(String),
    })
  })
})
