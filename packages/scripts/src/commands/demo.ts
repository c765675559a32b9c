import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  LogPrinter,
  parseManifest,
  podTable,
  type Run,
  runManifest,
  timeline,
  volumeListing,
} from '@initbox/pod-runner'
import { images as buildImages } from '@initbox/images/images'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { run } from '@initbox/engine/command'
import { NoDockerEngine, withDockerEngine } from '@initbox/engine/docker-engine'
import { withInterruption } from '@initbox/engine/interruption'
import { say } from '@initbox/engine/say'
import { runnableImage } from '@initbox/engine/service-images'
import { buildTools, root } from '@initbox/build'
import { onCluster } from './demo-on-cluster.ts'
import { terminalPicture } from '../terminal-picture.ts'

const manifest = 'examples/web-server/pod.yaml'
const server = 'nginxinc/nginx-unprivileged:1.29'
const source = readFileSync(join(root, manifest), 'utf8')
/** Only these: a tool that the demo does not show must not keep it from running. */
const tools = [...source.matchAll(/image: initbox\/([a-z-]+):dev/g)].flatMap(([, name]) => name ?? [])
let printed = ''
const print = (text: string): void => {
  printed += text
  process.stdout.write(text)
}

try {
  await demo()
} catch (error) {
  // After Ctrl-C every step fails in its own words, which tell nobody anything.
  const interrupted = process.exitCode !== undefined
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`demo: ${interrupted ? 'interrupted; what it had started is removed' : why}\n`)
  process.exitCode ??= 1
}

async function demo(): Promise<void> {
  const mode = modeOf(process.argv.slice(2))
  if (mode === 'process') {
    await withInterruption(asProcesses)
    return print('With real containers: npm run demo (the first time it makes the images, a few minutes).\n')
  }
  if (mode === 'cluster') {
    const images = tools.map((tool) => `initbox/${tool}:dev`)
    const build = () => withDockerEngine(() => buildImages(tools, { cache: cacheFolder('images'), say }))
    return withInterruption((signal) => onCluster({ manifest, images, build, print, signal }))
  }
  if (mode === 'picture') {
    await withDockerEngine(({ signal }) => inDocker(signal))
    // From the command to the page, without what only this machine had to say.
    const text = printed.slice(printed.indexOf('$ npm')).replace(/\nThis was Docker[^]*|^(note: |api\/nginx).*\n/gm, '')
    return writeFileSync(join(root, 'docs/demo.svg'), terminalPicture(text, 'npm run demo'))
  }
  try {
    await refuseWithoutApt()
    await withDockerEngine(({ signal }) => inDocker(signal))
  } catch (error) {
    if (!(error instanceof NoDockerEngine) || mode === 'docker') throw error
    print(`${error.message}\nso the init containers run as plain processes\n\n`)
    await withInterruption(asProcesses)
  }
}

function modeOf(args: string[]): string {
  const modes = ['auto', 'docker', 'process', 'cluster', 'picture']
  const options = { mode: { type: 'string', default: 'auto' }, cluster: { type: 'boolean', default: false } } as const
  const { values } = parseArgs({ args, options })
  if (values.cluster) return 'cluster'
  if (modes.includes(values.mode)) return values.mode
  throw new Error(`--mode must be one of ${modes.join(', ')}, not '${values.mode}'`)
}

/** An engine is of no use where the images cannot be built. */
async function refuseWithoutApt(): Promise<void> {
  if ((await run('apt-get', ['--version'])).code === 0) return
  throw new NoDockerEngine('the images are made of Debian packages and there is no apt-get here')
}

/** Real containers: the page comes from nginx at the Pod's IP. */
async function inDocker(signal: AbortSignal): Promise<void> {
  say(`building the images of ${tools.join(', ')}`)
  await buildImages(tools, { cache: cacheFolder('images'), say })
  signal.throwIfAborted()
  const nginx = await runnableImage(server)
  if (nginx !== server) print(`note: ${server} is not here and cannot be pulled; ${nginx} behaves the same\n`)
  const images = { [server]: nginx }
  await withRun({ mode: 'docker', images, signal }, async ({ pods: [web] }) => {
    const url = `http://${web?.reachableAt}:8080/`
    const page = await (await fetch(url, { signal })).text()
    print(`\n$ curl ${url}\n${page}\nThis was Docker: real containers, removed again now.\n`)
  })
}

/** Without Docker there is no nginx: what it would serve is shown instead. */
async function asProcesses(signal: AbortSignal): Promise<void> {
  await buildTools(tools)
  await withRun({ mode: 'process', signal }, async ({ pods: [web] }) => {
    if (web !== undefined) print(await volumeListing(web))
    print('\nThis was without Docker: the same programs as plain processes on this machine, and no nginx.\n')
  })
}

type Settings = { readonly mode: Run['mode']; readonly images?: Record<string, string>; readonly signal: AbortSignal }

async function withRun(settings: Settings, use: (run: Run) => Promise<void>): Promise<void> {
  print(`\n$ npm run pod -- ${manifest}\n`)
  const printer = new LogPrinter(parseManifest(source).pods, print)
  // Nobody wants to read, below the page, how servers end.
  let over = false
  const started = await runManifest(source, {
    ...settings,
    onLine: (...line) => over || printer.print(...line),
    onNote: (note) => print(`note: ${note}\n`),
  })
  try {
    print(`${started.description}\n`)
    const [web] = started.pods
    const status = await web?.ready()
    if (status === undefined) throw new Error(`there is no Pod in ${manifest}`)
    print(`\n${podTable([status], Date.now())}\n${timeline(status, Date.now())}`)
    over = true
    await use(started)
  } finally {
    await started.stop()
  }
}
