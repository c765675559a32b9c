import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Inside, packageFolders } from '@initbox/build'

/** An npm package whose code is inside a bundle, with the licence that must travel with it. */
export type BundledPackage = {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly text: string
}

/**
 * Reads which packages a bundle holds from its esbuild metafile, whose paths are relative to `root`; what was read and then left out is
 * not inside. Throws when a package has no licence text.
 */
export async function bundledPackages(metafile: string, root: string): Promise<BundledPackage[]> {
  const inside: Inside = JSON.parse(await readFile(metafile, 'utf8'))
  return Promise.all(packageFolders(inside).map((folder) => describe(resolve(root, folder))))
}

async function describe(folder: string): Promise<BundledPackage> {
  const manifest: Record<string, string> = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const { name, version, license } = manifest
  const text = await licenceText(folder)
  if (!name || !version || !license || !text) {
    throw new Error(
      `the bundled package in ${folder} lacks a name, a version, a licence or its text (hint: bundle another)`,
    )
  }
  return { name, version, license, text }
}

/** The file that is called so, else the last section of the README if it is one and names who holds the copyright. */
async function licenceText(folder: string): Promise<string | undefined> {
  const names = await readdir(folder)
  const file = names.find((name) => /^(licen[cs]e|copying)/i.test(name))
  if (file) return readFile(join(folder, file), 'utf8')
  const readme = names.find((name) => /^readme/i.test(name))
  const section = readme && /^#+ licen[cs]e\s*$([^]*)/im.exec(await readFile(join(folder, readme), 'utf8'))?.[1]
  return section && /copyright/i.test(section) ? section : undefined
}
