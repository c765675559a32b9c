import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Inside, packageFolders, root as checkout } from '@initbox/build'

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
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const { name, version } = manifest
  const license = licenceOf(manifest)
  const text = (await licenceText(folder)) ?? (await declaredText(manifest, license))
  if (!isText(name) || !isText(version) || !isText(license) || text === undefined) {
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

/** `license`, or the first of the older `licenses: [{ type, url }]` (ssh2). */
function licenceOf({ license, licenses }: Readonly<Record<string, unknown>>): unknown {
  if (license !== undefined || !Array.isArray(licenses)) return license
  const [first]: unknown[] = licenses
  return typeof first === 'object' && first !== null && 'type' in first ? first.type : undefined
}

/**
 * The terms of a package that declares MIT or Apache-2.0 and names its author, but ships no text of its own (xz-decompress,
 * clean-git-ref). Apache's are the same for everybody, so ours will do.
 */
async function declaredText(
  { name, author }: Readonly<Record<string, unknown>>,
  license: unknown,
): Promise<string | undefined> {
  if (!isText(author)) return undefined
  const declared = `${String(name)} ships no licence text; its package.json declares ${String(license)} and names as author ${author}.\n\n`
  if (license === 'MIT') return declared + mit
  if (license === 'Apache-2.0') return declared + (await readFile(join(checkout, 'LICENSE'), 'utf8'))
  return undefined
}

// https://spdx.org/licenses/MIT.html
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
