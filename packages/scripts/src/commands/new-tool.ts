import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@initbox/build'

const [name = ''] = process.argv.slice(2)
const folder = join(root, 'tools', name)
if (!/^[a-z]+(-[a-z0-9]+)*$/.test(name))
  throw new Error(`'${name}' is no name for a tool (hint: npm run new-tool copy-file)`)
if (existsSync(folder)) throw new Error(`tools/${name} is there already`)
cpSync(join(root, 'packages/scripts/template'), folder, { recursive: true })
for (const file of ['README.md', 'package.json', 'src/tool.ts']) {
  const path = join(folder, file)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('my-tool', name))
}
process.stdout.write(`made tools/${name}, which writes one line; now: npm run lock && npm run docs && npm run check\n`)
