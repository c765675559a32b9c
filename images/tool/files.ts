import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hostArchitecture, type Architecture } from '../base/contents.ts'
import type { BundledPackage } from './bundled-packages.ts'
import { launcher } from './launcher.ts'
import { sbom } from '../sbom.ts'
import type { Entry } from '../oci/entries.ts'

/** What a tool's layer is made of: `dist` is the folder of its bundle. */
export type ToolParts = {
  readonly name: string
  readonly version: string
  readonly dist: string
  readonly packages: readonly BundledPackage[]
}

/** What an image starts, the same for every tool: a Dockerfile cannot put a name into an ENTRYPOINT. */
export const entryPoint: readonly string[] = ['/initbox/start', '/initbox/main.cjs']

/** All that a tool adds to the base: its bundle in /initbox, its name in /usr/local/bin, licences and bill of materials. */
export async function toolFiles(tool: ToolParts, architecture: Architecture): Promise<Entry[]> {
  const { name, version, dist, packages } = tool
  const doc = `usr/share/doc/${name}`
  const thirdParty = packages.map((each) => `${each.name} ${each.version} (${each.license})\n\n${each.text.trim()}\n`)
  const components = packages.map((each) => ({
    ...each,
    purl: `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`,
    text: undefined,
  }))
  return [
    ...(await appFiles(dist, architecture)),
    { path: 'initbox/start', mode: 0o755, kind: 'file', content: launcher(architecture) },
    { path: 'initbox/main.cjs', mode: 0o777, kind: 'symlink', target: `${name}.cjs` },
    // The bundle starts with #!/initbox/start. A link costs no second module to load, as a starter script would.
    { path: `usr/local/bin/${name}`, mode: 0o777, kind: 'symlink', target: `/initbox/${name}.cjs` },
    // The base has it too; here for a base of someone else's, which has not.
    { path: 'init', mode: 0o777, kind: 'folder' },
    text(`${doc}/copyright`, copyright),
    ...(thirdParty.length > 0 ? [text(`${doc}/THIRD-PARTY.txt`, thirdParty.join(`\n${'-'.repeat(80)}\n\n`))] : []),
    text(`${doc}/sbom.cdx.json`, sbom({ name: `initbox/${name}`, version }, components)),
  ]
}

/** As Debian does it: the base (and distroless) has the licence's text once for all. */
const copyright = `Copyright the initbox authors
License: Apache-2.0, in /usr/share/common-licenses/Apache-2.0 and at https://www.apache.org/licenses/LICENSE-2.0
`

/** The bundle without what only the build needs; V8's code cache fits no processor but the one it was made on. */
async function appFiles(dist: string, architecture: Architecture): Promise<Entry[]> {
  const left = /\.map$|^meta\.json$/
  const names = (await readdir(dist)).filter((name) => !left.test(name))
  const shipped = architecture === hostArchitecture ? names : names.filter((name) => !name.endsWith('.cache'))
  return Promise.all(
    shipped.map(async (name): Promise<Entry> => {
      const content = await readFile(join(dist, name))
      return { path: `initbox/${name}`, mode: name.endsWith('.cjs') ? 0o755 : 0o644, kind: 'file', content }
    }),
  )
}

function text(path: string, content: string): Entry {
  return { path, mode: 0o644, kind: 'file', content: Buffer.from(content) }
}
