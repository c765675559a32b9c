import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile, transformSync } from 'esbuild'
import { addCodeCache, type Part } from './code-cache.ts'
import { packageFolders, packageOf } from './inside.ts'
import { root } from './root.ts'
import { readShip, toolNames } from './ship.ts'
import { isReplaced, thirdParty } from './third-party.ts'

/** The version that `--version`, image labels and user agents show. */
export const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** Bundles tools to `tools/<tool>/dist/<tool>.cjs`; all when none is named. Throws when a bundle holds a package that its ship.ts does not allow. */
export async function buildTools(names: readonly string[] = toolNames()): Promise<void> {
  await Promise.all(names.map(buildTool))
}

async function buildTool(name: string): Promise<void> {
  const ship = await readShip(name)
  const folder = join(root, 'tools', name)
  const parts: Part[] = []
  const inParts: Metafile['outputs'][string]['inputs'] = {}
  const { metafile, outputFiles } = await build({
    ...ship.esbuild,
    entryPoints: [join(folder, 'src/main.ts')],
    bundle: true,
    // An ESM bundle would pull in Node's own undici at the first `node:` import (+38 ms).
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    charset: 'ascii', // V8 keeps one byte a character, and the code cache's loader may read latin1 (but for regular expressions, which stay)
    legalComments: 'none',
    plugins: [
      thirdParty(ship, (part, inputs) => {
        parts.push(part)
        Object.assign(inParts, inputs)
      }),
    ],
    define: { INITBOX_VERSION: JSON.stringify(version) },
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const { inputs } of Object.values(metafile.outputs)) {
    Object.assign(inputs, inParts)
    for (const path of Object.keys(inputs)) if (isReplaced(path, ship)) delete inputs[path]
  }
  const inside = packageFolders(metafile).map(packageOf)
  const strange = inside.filter((each) => !ship.packages.includes(each))
  if (strange.length > 0) {
    throw new Error(`${name} bundles ${strange.join(', ')}, which tools/${name}/ship.ts does not allow`)
  }
  const code = `#!/initbox/start\n${withoutComments(outputFiles[0]?.text ?? '')}`
  // Built aside and then put in place: a test or a Pod may be running the bundle before.
  const staging = mkdtempSync(join(folder, 'dist.'))
  try {
    const file = join(staging, `${name}.cjs`)
    writeFileSync(file, code, { mode: 0o755 })
    writeFileSync(join(staging, 'meta.json'), JSON.stringify(metafile)) // licences and bill of materials of the image are made of it
    await addCodeCache(
      file,
      code,
      ship.warmUps,
      parts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    )
    chmodSync(staging, 0o755) // mkdtemp makes it private; a container's user must read it
    const dist = join(folder, 'dist')
    rmSync(dist, { recursive: true, force: true })
    renameSync(staging, dist)
  } catch (error) {
    rmSync(staging, { recursive: true })
    throw error
  }
}

/**
 * Takes the comments out that esbuild leaves inside of classes and objects: a tenth of a layer, and all that is not
 * ASCII. Lines are found by their look, so the result must minify to the same code.
 */
function withoutComments(code: string): string {
  const stripped = code.replace(/^ *\/\*\*[^]*?\*\/\n|^ *\/\/.*\n/gm, '')
  const minified = [code, stripped].map((each) => transformSync(each, { minify: true, charset: 'ascii' }).code)
  if (minified[0] !== minified[1]) throw new Error('a line that looks like a comment is none')
  return stripped
}
