// What no template does: it counts, and makes a key when there is none yet.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const old = existsSync('html/settings.json') ? JSON.parse(readFileSync('html/settings.json', 'utf8')) : {}
const zone = process.env.ZONE ?? fail(2, '$ZONE is missing')
const settings = {
  zone,
  workers: Math.max(1, availableParallelism() - 1),
  session: old.session ?? randomBytes(8).toString('hex'), // the same after a restart of this container
}
// The image's own tool writes the file: staged beside it, synced, renamed, never through a symlink; it says so, and why not.
const env = { ...process.env, SETTINGS: JSON.stringify(settings) }
const args = ['--template', '${SETTINGS}', '--escape', 'none', '--out', 'html/settings.json']
try {
  execFileSync('render-template', args, { env, stdio: 'inherit' })
} catch (error) {
  process.exitCode = error.status ?? 1
}

/** Ends with a code that restartPolicyRules can name, and its sentence in `kubectl describe pod`. */
function fail(code, sentence) {
  if (existsSync('/dev/termination-log')) writeFileSync('/dev/termination-log', sentence)
  process.stderr.write(`${sentence}\n`)
  process.exit(code)
}
