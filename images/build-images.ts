import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { baseLayer } from './base/base-layer.ts'
import type { Architecture } from './base/contents.ts'
import { bundledPackages } from './tool/bundled-packages.ts'
import { makeImage, type Image } from './oci/image.ts'
import { type About, labels } from './labels.ts'
import { makeLayer } from './oci/layer.ts'
import type { Entry } from './oci/entries.ts'
import { entryPoint, toolFiles } from './tool/files.ts'

/** The base under every tool, as the only image of its layer. `substituted` as in BaseLayer. */
export type Base = { readonly image: Image; readonly substituted: readonly string[] }

/** Builds `initbox/base:dev` or takes it from the cache. */
export async function buildBase(options: {
  cache: string
  architecture: Architecture
  lockedOnly: boolean
  root: string
}): Promise<Base> {
  const { substituted, ...layer } = await baseLayer(options)
  const about = {
    title: 'initbox-base',
    description: 'glibc run time, CA certificates and Node for initbox tools',
    ...release(options.root),
  }
  const run = { Env: ['PATH=/usr/local/bin:/nodejs/bin'], Labels: labels(about) }
  const image = makeImage('initbox/base:dev', options.architecture, run, [{ ...layer, made: 'images/base/rootfs.ts' }])
  return { image, substituted }
}

/** A tool's own files, from the bundle in `tools/<name>/dist`; throws when that is not built. */
export async function toolEntries(name: string, architecture: Architecture, root: string): Promise<Entry[]> {
  const dist = join(root, 'tools', name, 'dist')
  if (!existsSync(join(dist, `${name}.cjs`)))
    throw new Error(`there is no bundle of ${name} (hint: npm run build -- ${name})`)
  const parts = {
    name,
    version: release(root).version,
    dist,
    packages: await bundledPackages(join(dist, 'meta.json'), root),
  }
  return toolFiles(parts, architecture)
}

/** Packs a tool's files on top of `base` as `initbox/<name>:dev`. The Dockerfile does the same; a test compares the two. */
export async function buildToolImage(
  tool: { name: string; summary: string; files: readonly Entry[] },
  base: Image,
  root: string,
): Promise<Image> {
  const { name, summary, files } = tool
  const run = {
    Env: ['PATH=/usr/local/bin:/nodejs/bin'],
    User: '65532:65532',
    WorkingDir: '/init',
    Entrypoint: entryPoint,
    Labels: labels({ title: name, description: summary, ...release(root) }, base),
  }
  const layers = base.layers.map((layer) => ({ ...layer, made: base.name }))
  const own = { ...(await makeLayer(files)), made: `COPY ${name}/ /` }
  return makeImage(`initbox/${name}:dev`, base.architecture, run, [...layers, own])
}

/** What every image of this checkout says alike. */
function release(root: string): Pick<About, 'version' | 'source' | 'revision' | 'created'> {
  const { version, repository }: { version: string; repository?: { url: string } } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const { SOURCE_DATE_EPOCH: seconds = '', SOURCE_REVISION: revision = '' } = process.env
  if (!/^\d*$/.test(seconds)) throw new Error(`SOURCE_DATE_EPOCH is '${seconds}', not a number of seconds`)
  const created = seconds === '' ? '' : new Date(Number(seconds) * 1000).toISOString().replace('.000', '')
  return { version, source: repository?.url ?? '', revision, created }
}
