import { join } from 'node:path'
import { toolNames } from '@initbox/build'
import { expect, test } from 'vitest'
import { baseEntries } from '@initbox/images/base/base-layer'
import { hostArchitecture, type Architecture } from '@initbox/images/base/contents'
import { buildBase, buildToolImage, toolEntries } from '@initbox/images/build-images'
import { engineArchitecture, loadedId } from '@initbox/images/docker'
import { sha256 } from '@initbox/images/oci/layer'
import { packTar } from '@initbox/images/oci/entries'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { mustRun } from '@initbox/engine/command'

const cache = cacheFolder('images')
const root = join(import.meta.dirname, '../..')

const architecture = (await engineArchitecture()) ?? hostArchitecture

async function baseDigest(which: Architecture): Promise<string> {
  return sha256(packTar((await baseEntries({ cache, architecture: which, lockedOnly: false })).entries))
}

test('the base that the engine has is, to the last bit, the one that this checkout makes', async () => {
  const format = '{{index .RootFS.Layers 0}}'
  const loaded = await mustRun('docker', ['image', 'inspect', '--format', format, 'initbox/base:dev'])
  expect(await baseDigest(architecture)).toBe(loaded)
})

test('the base for the other processor is made without emulation, twice the same', async () => {
  const other = architecture === 'amd64' ? 'arm64' : 'amd64'
  expect(await baseDigest(other)).toBe(await baseDigest(other))
})

test.each(toolNames())('the image of %s has the same digest when it is made again', async (name) => {
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
  // Which of the two the engine says depends on where it keeps images.
  expect([again.id, again.digest]).toContain(await loadedId(again.name))
})
