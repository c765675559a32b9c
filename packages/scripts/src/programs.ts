import { installPackages, whyNoApt } from '@initbox/engine/apt'
import { run } from '@initbox/engine/command'
import type { Ring } from './rings.ts'

/** Programs of this machine that tests call, by their Debian package; what few tests want they ask for themselves. */
const programs: Partial<Record<Ring, Readonly<Record<string, string>>>> = {
  unit: {
    git: 'git',
    openssl: 'openssl',
    python3: 'python3',
    'ssh-keygen': 'openssh-client',
    xz: 'xz-utils',
    zip: 'zip',
    zstd: 'zstd',
  },
  services: {
    git: 'git',
    java: 'default-jre-headless',
    openssl: 'openssl',
    psql: 'postgresql-client',
    python3: 'python3',
    'ssh-keygen': 'openssh-client',
    xz: 'xz-utils',
    zip: 'zip',
    zstd: 'zstd',
  },
  images: { git: 'git', openssl: 'openssl', zip: 'zip' },
  faults: { git: 'git', openssl: 'openssl', python3: 'python3', zip: 'zip', zstd: 'zstd' },
}

/** Installs what the tests of some rings want and this machine lacks; where that is impossible, says what is missing and goes on. */
export async function installPrograms(wanted: readonly Ring[]): Promise<void> {
  const all = new Map(wanted.flatMap((ring) => Object.entries(programs[ring] ?? {})))
  const { stdout } = await run('sh', [
    '-c',
    'for each; do command -v "$each" >&2 || echo "$each"; done',
    'sh',
    ...all.keys(),
  ])
  const missing = stdout.split('\n').filter((name) => name !== '')
  if (missing.length === 0) return
  const why = await whyNoApt()
  if (why === undefined) await installPackages(...missing.flatMap((name) => all.get(name) ?? []))
  else
    process.stderr.write(`some tests will fail without ${missing.join(', ')}, which cannot be installed here: ${why}\n`)
}
