import { execFile } from 'node:child_process'
import { lstat, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { sbom, type Component } from '../sbom.ts'
import { complete, type Entry } from '../oci/entries.ts'
import { keptPaths, openFolders, writtenFiles, type Architecture } from './contents.ts'
import type { DebianFile } from './downloads.ts'
import { nodeFiles } from './node-binary.ts'

const run = promisify(execFile)

/** The base root file system as tar entries: what keptPaths() names of each package, Node at /nodejs/bin/node, and what no package brings. */
export async function rootFileSystem(
  inputs: { packages: readonly DebianFile[]; binutils: readonly DebianFile[]; nodeTgz: string; nodeVersion: string },
  { architecture, work }: { architecture: Architecture; work: string },
): Promise<Entry[]> {
  const { packages, binutils, nodeTgz, nodeVersion } = inputs
  const kept = keptPaths(architecture)
  const node = await nodeFiles(nodeTgz, { architecture, binutils, work })
  const components = [...packages.map((each) => debianComponent(each, architecture)), nodeComponent(nodeVersion)]
  const entries: Entry[] = [
    ...(await Promise.all(packages.map((each) => packageEntries(each, kept[each.name] ?? [], work)))).flat(),
    { path: 'nodejs/bin/node', mode: 0o755, kind: 'file', content: node.binary },
    text('usr/share/doc/nodejs/LICENSE', node.license),
    text('usr/share/doc/initbox-base/sbom.cdx.json', sbom({ name: 'initbox/base', version: nodeVersion }, components)),
    ...Object.entries(writtenFiles).map(([path, content]) => text(path, content)),
    ...Object.entries(openFolders).map(([path, mode]): Entry => ({ path, mode, kind: 'folder' })),
  ]
  checkLinks(entries)
  return entries
}

/** A link that leads nowhere would show only when something starts, and for a foreign architecture not even then. */
function checkLinks(entries: readonly Entry[]): void {
  const paths = new Set(complete(entries).map(({ path }) => `/${path}`))
  for (const entry of entries) {
    if (entry.kind !== 'symlink') continue
    const target = resolve('/', entry.path, '..', entry.target)
    if (!paths.has(target)) throw new Error(`/${entry.path} of the base leads to ${target}, which is not in it`)
  }
}

/** A package's kept files, and its control fields where vulnerability scanners look in an image without dpkg. */
async function packageEntries({ name, file }: DebianFile, paths: readonly string[], work: string): Promise<Entry[]> {
  const folder = await mkdtemp(join(work, `${name}-`))
  await run('dpkg-deb', ['-x', file, folder])
  const { stdout: control } = await run('dpkg-deb', ['-f', file])
  const entries = [
    ...(await Promise.all(paths.map((path) => entriesAt(folder, path)))).flat(),
    text(`var/lib/dpkg/status.d/${name}`, control),
    ...(name === 'ca-certificates' ? [text('etc/ssl/certs/ca-certificates.crt', await caBundle(folder))] : []),
  ]
  await rm(folder, { recursive: true })
  return entries
}

async function entriesAt(folder: string, path: string): Promise<Entry[]> {
  if (path.endsWith('/')) {
    const names = await readdir(join(folder, path))
    return (await Promise.all(names.map((name) => entriesAt(folder, `${path}${name}`)))).flat()
  }
  const stat = await lstat(join(folder, path))
  if (stat.isDirectory()) return entriesAt(folder, `${path}/`)
  if (stat.isSymbolicLink()) return [{ path, mode: 0o777, kind: 'symlink', target: await readlink(join(folder, path)) }]
  return [{ path, mode: stat.mode & 0o755, kind: 'file', content: await readFile(join(folder, path)) }]
}

/** What update-ca-certificates(8) makes of an unchanged configuration: every Mozilla certificate, in the order of the names. */
async function caBundle(folder: string): Promise<string> {
  const certificates = join(folder, 'usr/share/ca-certificates/mozilla')
  const names = (await readdir(certificates)).filter((name) => name.endsWith('.crt')).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(join(certificates, name), 'utf8')))
  return texts.map((each) => (each.endsWith('\n') ? each : `${each}\n`)).join('')
}

function text(path: string, content: string | Uint8Array): Entry {
  return { path, mode: 0o644, kind: 'file', content: Buffer.from(content) }
}

function debianComponent({ name, version, sha256 }: DebianFile, architecture: Architecture): Component {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`
  return { name, version, purl, sha256 }
}

function nodeComponent(version: string): Component {
  return {
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:lts:*:*:*`,
  }
}
