import { runnableImage } from '@initbox/engine/service-images'
import { Interrupted, podCommand } from '@initbox/pod-runner'

// At a terminal Ctrl-C arrives twice, once through npm: only a signal some time after the first one insists.
const patience = 1_000

// npm runs scripts at the checkout's top; a path means what it means where it is typed.
const typedIn = process.env['INIT_CWD']
if (typedIn !== undefined) process.chdir(typedIn)

const stop = new AbortController()
const force = new AbortController()
let first = Infinity
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (performance.now() - first > patience) force.abort()
    first = Math.min(first, performance.now())
    stop.abort(new Interrupted(signal))
  })
}

/** A server's image that no registry gives is made here, as the demo does it. */
async function standIn(image: string): Promise<string | undefined> {
  const other = await runnableImage(image).catch(() => image)
  return other === image ? undefined : other
}

process.exitCode = await podCommand(
  process.argv.slice(2),
  { out: (text) => void process.stdout.write(text), err: (text) => void process.stderr.write(text) },
  { signal: stop.signal, force: force.signal },
  standIn,
)
