import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireProgram } from '@initbox/engine/apt'
import { mustRun, run } from '@initbox/engine/command'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { pushImages } from '@initbox/images/images'
import { registry, startService } from '@initbox/testing'
import { expect, onTestFinished, test } from 'vitest'

// The lines of images/README.md, to a registry on loopback, which Docker trusts without TLS.

const [block = ''] =
  /(?<=<!-- run by test\/images\/push\.test\.ts -->\n```sh\n)[\s\S]*?(?=```)/.exec(
    readFileSync(join(import.meta.dirname, '../../images/README.md'), 'utf8'),
  ) ?? []

type Descriptor = {
  readonly digest: string
  readonly size: number
  readonly platform: object
  readonly artifactType?: string
  readonly mediaType: string
}
/** An index or a manifest of image-spec. */
type Document = {
  readonly artifactType: string
  readonly subject: Descriptor
  readonly manifests: readonly Descriptor[]
  readonly layers: readonly Descriptor[]
}

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

test('--push writes an index of both architectures, with bills of materials and provenance, twice the same', async () => {
  await requireProgram('skopeo', 'skopeo')
  const server = await startService(registry)
  onTestFinished(() => server.stop())
  const destination = { registry: `127.0.0.1:${server.port}/team`, tag: 'v1', plainHttp: true }
  // Other tests build from images/dist meanwhile.
  const settings = { cache: cacheFolder('images'), say: () => {}, stage: false }
  const pushed = await pushImages(['write-pod-ip'], settings, destination)

  const get = async (path: string): Promise<Document> => {
    const accept = ['index', 'manifest'].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(', ')
    const answer = await fetch(`${server.url}/v2/team/write-pod-ip/${path}`, { headers: { accept } })
    expect([path, answer.status]).toEqual([path, 200])
    return (await answer.json()) as Document
  }
  const index = await get('manifests/v1')
  expect(index).toEqual(await get(`manifests/${pushed.get('write-pod-ip')}`))
  expect(index.manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ])
  for (const image of index.manifests) {
    const { manifests } = await get(`manifests/${image.digest.replace(':', '-')}`)
    const documents: unknown[] = []
    for (const { digest, artifactType: listed } of manifests) {
      const { artifactType, subject, layers } = await get(`manifests/${digest}`)
      expect(listed).toBe(artifactType)
      expect(subject).toMatchObject({ digest: image.digest, size: image.size })
      documents.push([artifactType, await get(`blobs/${layers[0]?.digest}`)])
    }
    expect(documents).toEqual([
      ['application/vnd.cyclonedx+json', expect.objectContaining({ bomFormat: 'CycloneDX' })],
      [
        'application/vnd.in-toto+json',
        expect.objectContaining({
          subject: [{ name: expect.anything(), digest: { sha256: image.digest.replace('sha256:', '') } }],
        }),
      ],
    ])
  }
  expect(await pushImages(['write-pod-ip'], settings, destination)).toEqual(pushed)

  const nobody = { ...destination, registry: '127.0.0.1:1/team' }
  await expect(pushImages(['write-pod-ip'], settings, nobody)).rejects.toThrow('write-pod-ip:v1 was not pushed: ')
})

test('--compression zstd: the same images in smaller layers, which run, twice the same', async () => {
  await requireProgram('skopeo', 'skopeo')
  const server = await startService(registry)
  onTestFinished(() => server.stop())
  const settings = { cache: cacheFolder('images'), say: () => {}, stage: false }
  const destination = { registry: `127.0.0.1:${server.port}/team`, plainHttp: true }
  const [gzip, zstd] = [
    await pushImages(['write-pod-ip'], settings, { ...destination, tag: 'gzip' }),
    await pushImages(['write-pod-ip'], settings, { ...destination, tag: 'zstd', compression: 'zstd' }),
  ]
  expect(zstd).not.toEqual(gzip)
  const manifest = async (tag: string): Promise<Document & { readonly config: Descriptor }> => {
    const source = `docker://${destination.registry}/write-pod-ip:${tag}`
    return JSON.parse(await mustRun('skopeo', ['inspect', '--raw', '--tls-verify=false', ...(await only(source))]))
  }
  /** The image of this architecture. */
  const only = async (source: string): Promise<string[]> => {
    const index: Document = JSON.parse(await mustRun('skopeo', ['inspect', '--raw', '--tls-verify=false', source]))
    return [source.replace(/:[^:]*$/, `@${index.manifests[0]?.digest}`)]
  }
  const [before, after] = [await manifest('gzip'), await manifest('zstd')]
  expect(after.config).toEqual(before.config)
  expect(after.layers.map(({ mediaType }) => mediaType.split('+')[1])).toEqual(['zstd', 'zstd'])
  expect(after.layers[0]?.size).toBeLessThan(before.layers[0]?.size ?? 0)
  expect(await pushImages(['write-pod-ip'], settings, { ...destination, tag: 'zstd', compression: 'zstd' })).toEqual(
    zstd,
  )

  // Docker of Debian 12 reads no zstd: skopeo unpacks the layers for it.
  const folder = await mkdtemp(join(tmpdir(), 'initbox-zstd-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const name = 'initbox/zstd-write-pod-ip:test'
  const from = `docker://${destination.registry}/write-pod-ip:zstd`
  const copy = (...flags: string[]): Promise<string> => mustRun('skopeo', ['copy', '--quiet', ...flags])
  await copy(
    '--src-tls-verify=false',
    '--dest-compress-format=gzip',
    '--dest-compress',
    from,
    `oci:${folder}/layout:it`,
  )
  await copy(`oci:${folder}/layout:it`, `docker-archive:${folder}/image.tar:${name}`)
  await mustRun('docker', ['load', '--quiet', '--input', join(folder, 'image.tar')])
  onTestFinished(async () => void (await run('docker', ['rmi', name])))
  expect(await mustRun('docker', ['run', '--rm', name, '--version'])).toMatch(/^write-pod-ip \d/)
})
