import { join } from 'node:path'
import { expect, test } from 'vitest'
import { baseEntries } from '../../images/base/base-layer.ts'
import { architectures, type Architecture } from '../../images/base/contents.ts'
import { buildBase, buildToolImage, toolEntries } from '../../images/build-images.ts'
import { engineArchitecture, isLoaded } from '../../images/docker.ts'
import { sha256 } from '../../images/oci/layer.ts'
import { packTar } from '../../images/oci/tar.ts'
import { tools } from '../../images/tools.ts'
import { cacheFolder } from '../setup/cache-folder.ts'
import { mustRun } from '../setup/command.ts'

const cache = cacheFolder('images')
const root = join(import.meta.dirname, '../..')

test.each(Object.keys(architectures) as Architecture[])(
  'the base for %s is the same to the last bit when it is made again',
  async (architecture) => {
    const make = async () => sha256(packTar((await baseEntries({ cache, architecture, lockedOnly: false })).entries))
    expect(await make()).toBe(await make())
  },
)

test('the base that the engine has is the one that this checkout makes', async () => {
  const architecture = (await engineArchitecture()) ?? 'amd64'
  const { entries } = await baseEntries({ cache, architecture, lockedOnly: false })
  const loaded = await mustRun('docker', [
    'image',
    'inspect',
    '--format',
    '{{index .RootFS.Layers 0}}',
    'initbox/base:dev',
  ])
  expect(sha256(packTar(entries))).toBe(loaded)
})

test.each(Object.keys(tools))('the image of %s has the same digest when it is made again', async (name) => {
  const architecture = (await engineArchitecture()) ?? 'amd64'
  const summary = await mustRun('docker', [
    'image',
    'inspect',
    '--format',
    '{{index .Config.Labels "org.opencontainers.image.description"}}',
    `initbox/${name}:dev`,
  ])
  const base = await buildBase({ cache, architecture, lockedOnly: false, root })
  const again = await buildToolImage(
    { name, summary, files: await toolEntries(name, architecture, root) },
    base.image,
    root,
  )
  expect(await isLoaded(again)).toBe(true)
})
