import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Metafile, transformSync } from 'esbuild'
import { tools } from '../../../images/tools.ts'
import { addCodeCache } from './code-cache.ts'
import { root } from './root.ts'
import { emptyModule, thirdParty } from './third-party.ts'

/** The version that `--version`, image labels and user agents show. */
export const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** Bundles tools to `tools/<tool>/dist/<tool>.cjs`; all of the table when none is named. Throws when a bundle holds a package that the table does not allow. */
export async function buildTools(names: readonly string[] = Object.keys(tools)): Promise<void> {
  await Promise.all(names.map(buildTool))
}

async function buildTool(name: string): Promise<void> {
  const image = tools[name]
  const folder = join(root, 'tools', name)
  const entry = join(folder, 'src/main.ts')
  if (image === undefined || !existsSync(entry)) throw new Error(`no such tool: ${name}`)
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    // An ESM bundle would pull in Node's own undici at the first `node:` import (+38 ms).
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    charset: 'ascii', // V8 keeps one byte a character, and the code cache's loader may read latin1
    legalComments: 'none',
    plugins: [thirdParty(image.replaced)],
    alias: Object.fromEntries((image.unused ?? []).map((each) => [each, emptyModule])),
    define: { INITBOX_VERSION: JSON.stringify(version) },
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const strange = packagesIn(metafile).filter((each) => !image.packages.includes(each))
  if (strange.length > 0) {
    throw new Error(`${name} bundles ${strange.join(', ')}, which images/tools.ts does not allow`)
  }
  const code = `#!/nodejs/bin/node\n${withoutComments(outputFiles[0]?.text ?? '')}`
  // Built aside and then put in place: a test or a Pod may be running the bundle before.
  const staging = mkdtempSync(join(folder, 'dist.'))
  try {
    const file = join(staging, `${name}.cjs`)
    writeFileSync(file, code, { mode: 0o755 })
    writeFileSync(join(staging, 'meta.json'), JSON.stringify(metafile)) // licences and bill of materials of the image are made of it
    if (image.codeCache !== undefined) await addCodeCache(file, code, image.codeCache)
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

/** The npm packages whose code is in a bundle, sorted. */
export function packagesIn({ inputs }: Pick<Metafile, 'inputs'>): string[] {
  const names = Object.keys(inputs).flatMap((path) => {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
    return name === undefined ? [] : [name]
  })
  return [...new Set(names)].toSorted()
}
