// The one door to every script: `npm run X` calls this file with whatever Node the machine has (20 or newer),
// it installs the locked dependencies when they are not there yet, and goes on under the pinned Node 24.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const { config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const [command = '', ...args] = process.argv.slice(2)

function fail(sentence) {
  process.stderr.write(`initbox: ${sentence}\n`)
  process.exit(2)
}

/** Installs exactly what the lock file says, and only when it changed since the last time. */
function install() {
  const stamp = join(root, 'node_modules/.initbox-lock')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write('initbox: installing what pnpm-lock.yaml lists (about 10 s, only the first time)\n')
  pnpm('install', '--frozen-lockfile')
  writeFileSync(stamp, lock)
}

function pnpm(...words) {
  const { status, error, stdout, stderr } = spawnSync('npx', ['--yes', config.pnpm, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: Infinity,
    env: { ...process.env, CI: 'true' },
  })
  if (error !== undefined) fail(`cannot run npx: ${error.message} (hint: install npm)`)
  if (status !== 0) {
    // Of a success nobody wants to read eighty lines.
    process.stderr.write(`${stdout}${stderr}`)
    fail(
      'pnpm install failed; its message is above (hint: it needs the npm registry, and npm run lock after a package.json changed)',
    )
  }
}

/** The pinned Node 24 from the npm registry; a host whose own Node is 24 or newer (macOS) may use that. */
function pinnedNode() {
  const pinned = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `there is no pinned Node 24 for ${process.platform}-${process.arch} in the npm registry and this is Node ${process.versions.node} (hint: install Node 24)`,
  )
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or newer is needed, this is ${process.versions.node}`)
// Before anything is installed: this is what repairs a lock file that cannot be.
if (command === 'lock') {
  pnpm('install', '--lockfile-only', '--fix-lockfile')
  install()
  process.exit()
}
const source = join(root, 'packages/scripts/src')
if (!/^[a-z-]+$/.test(command) || !existsSync(join(source, 'commands', `${command}.ts`)))
  fail(`no such script: '${command}'`)
install()
const main = join(source, 'main.ts')
const child = spawn(pinnedNode(), ['--disable-warning=ExperimentalWarning', main, command, ...args], {
  cwd: root,
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
})
