import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import { buildTools, prepareWarmUp, readShip, root, standIn } from '@initbox/build'
import { mustRun } from '@initbox/engine/command'
import { bao, openbao, startService } from '@initbox/testing'
import { makeCertificate } from '@initbox/testing/certificate'
import { compare, type Contender, type Result } from './measure.ts'
import type { Report } from '@initbox/scripts/bench-report'

export const needsDocker = true

const many = 100

/** One secret and a hundred from one OpenBao, beside its own agent that ends after the login, and the warm-ups against an empty file. */
export async function bench([rounds = '15']: readonly string[]): Promise<Report> {
  await buildTools(['fetch-secret'])
  const folder = await mkdtemp(join(tmpdir(), 'initbox-fetch-secret-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  // In memory, as the volume of every manifest is. On ext4 what the round before left makes creating files ten times slower.
  const volume = await mkdtemp('/dev/shm/initbox-fetch-secret-')
  stack.defer(() => rm(volume, { recursive: true }))
  const server = await startService(openbao)
  stack.defer(() => server.stop())
  const login = await seed(server)
  // The agent is the server's own program, run on this machine like ours.
  const program = join(folder, 'bao')
  await mustRun('docker', ['cp', `${server.name}:/usr/bin/bao`, program])
  await promisify(execFile)(program, ['version'])

  const certificate = makeCertificate()
  stack.defer(() => certificate.remove())
  await writeFile(join(folder, 'empty.cjs'), '')
  const tool = join(root, 'tools/fetch-secret/dist/fetch-secret.cjs')
  const contenders: Contender[] = [{ label: 'empty file', argv: [process.execPath, join(folder, 'empty.cjs')] }]
  for (const { label, argv, env, cwd, reset } of await Promise.all(
    (await readShip('fetch-secret')).warmUps.map(async (warmUp) => ({
      label: warmUp.label,
      ...stack.use(await prepareWarmUp(warmUp)),
    })),
  )) {
    const before = async (): Promise<void> => reset()
    contenders.push({ label, argv: [process.execPath, tool, ...argv], env, cwd, before })
    // That of Vault is a warm-up of its own.
    if (label.startsWith('vault')) continue
    const secured = { ...(await overHttps(env, certificate, stack)), ...trust(certificate.file) }
    contenders.push({
      label: `${label} over https`,
      argv: [process.execPath, tool, ...argv],
      env: secured,
      cwd,
      before,
    })
  }
  for (const count of [1, many]) {
    const out = join(volume, `out-${count}`)
    const before = async (): Promise<void> => {
      await rm(out, { recursive: true, force: true })
      await mustRun('mkdir', [out])
    }
    const names = Array.from({ length: count }, (_, index) => `s${index}`)
    const env = {
      VAULT_ADDR: server.url,
      FETCH_SECRET_VAULT_ROLE_ID: login.roleId,
      FETCH_SECRET_VAULT_SECRET_ID: login.secretId,
    }
    const words = names.map((name) => `${name}=vault://secret/${name}#key`)
    contenders.push({
      label: `fetch-secret, ${count}`,
      argv: [process.execPath, tool, ...words],
      env,
      cwd: out,
      before,
    })
    const config = join(folder, `agent-${count}.hcl`)
    await writeFile(join(folder, 'role'), login.roleId)
    await writeFile(join(folder, 'secret'), login.secretId)
    await writeFile(config, agentConfig(server.url, folder, out, names))
    contenders.push({ label: `bao agent, ${count}`, argv: [program, 'agent', `-config=${config}`], cwd: out, before })
  }
  const results = await compare(contenders, Number(rounds))
  await readFile(join(volume, `out-${many}`, `s${many - 1}`))
  return report(results, rounds)
}

const trust = (file: string): Readonly<Record<string, string>> => ({ VAULT_CACERT: file, AWS_CA_BUNDLE: file })

/** The same variables with the address of a server before the stand-in that speaks TLS. */
async function overHttps(
  env: Readonly<Record<string, string>>,
  { cert, key }: { readonly cert: string; readonly key: string },
  stack: AsyncDisposableStack,
): Promise<Readonly<Record<string, string>>> {
  const secured: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    const port = Number(/^http:\/\/127\.0\.0\.1:(\d+)$/.exec(value)?.[1])
    if (Number.isNaN(port)) {
      secured[name] = value
      continue
    }
    const server = createServer({ cert, key }, (socket) => {
      const onward = connect(port, '127.0.0.1')
      for (const each of [socket, onward]) each.on('error', () => each.destroy())
      socket.pipe(onward).pipe(socket)
    })
    const { port: own, close } = await standIn(server)
    stack.defer(() => void close())
    secured[name] = `https://127.0.0.1:${own}`
  }
  return secured
}

async function seed(server: {
  readonly url: string
  readonly token: string
  exec(...words: string[]): Promise<string>
}): Promise<{ roleId: string; secretId: string }> {
  // By its API: a hundred programs in the container would take longer than the rounds.
  for (let index = 0; index < many; index++) {
    const body = JSON.stringify({ data: { key: `value-${index}` } })
    const headers = { 'x-vault-token': server.token }
    const { ok, status } = await fetch(`${server.url}/v1/secret/data/s${index}`, { method: 'POST', headers, body })
    if (!ok) throw new Error(`the secret s${index} cannot be written: ${status}`)
  }
  await bao(server, 'auth', 'enable', 'approle')
  await server.exec('/bin/sh', '-c', `echo 'path "secret/*" { capabilities = ["read"] }' > /tmp/p.hcl`)
  await bao(server, 'policy', 'write', 'app', '/tmp/p.hcl')
  await bao(server, 'write', 'auth/approle/role/app', 'token_policies=app', 'token_ttl=1h')
  return {
    roleId: await bao(server, 'read', '-field=role_id', 'auth/approle/role/app/role-id'),
    secretId: await bao(server, 'write', '-f', '-field=secret_id', 'auth/approle/role/app/secret-id'),
  }
}

function agentConfig(address: string, folder: string, out: string, names: readonly string[]): string {
  const templates = names.map(
    (name) => `template {
  contents = "{{ with secret \\"secret/data/${name}\\" }}{{ .Data.data.key }}{{ end }}"
  destination = "${join(out, name)}"
}`,
  )
  return `exit_after_auth = true
vault { address = "${address}" }
auto_auth {
  method "approle" {
    config = {
      role_id_file_path = "${join(folder, 'role')}"
      secret_id_file_path = "${join(folder, 'secret')}"
      remove_secret_id_file_after_reading = false
    }
  }
}
${templates.join('\n')}
`
}

function report(results: readonly Result[], rounds: string): Report {
  const of = (label: string): Result => {
    const found = results.find((result) => result.label === label)
    if (found === undefined) throw new Error(`no result of ${label}`)
    return found
  }
  const target = (name: string, value: number, most: number) => ({
    name: `${name} ≤ ${most}`,
    reached: value.toFixed(2),
    held: value <= most,
  })
  const [one, hundred] = [of('fetch-secret, 1'), of(`fetch-secret, ${many}`)]
  const [agentOne, agentHundred] = [of('bao agent, 1'), of(`bao agent, ${many}`)]
  return {
    title: 'fetch-secret',
    notes: [
      `Whole processes, medians of ${rounds} interleaved rounds. The first rows talk to a stand-in on loopback, the others log in by AppRole to a real OpenBao; \`bao agent\` is its own agent with exit_after_auth. fetch-secret revokes its token besides. They write to a volume in memory.`,
    ],
    columns: ['program', 'wall ms', 'CPU ms', 'wall ×', 'CPU ×', 'peak RSS MiB'],
    rows: results.map(({ label, wall, cpu, wallRatio, cpuRatio, rss }) => [label, wall, cpu, wallRatio, cpuRatio, rss]),
    targets: [
      target('CPU of one Vault secret × an empty file', of('vault://').cpuRatio, 2.1),
      target('CPU of one AWS secret × an empty file', of('aws-sm://').cpuRatio, 3.4),
      target('CPU of one SSM parameter × an empty file', of('aws-ssm://').cpuRatio, 3.4),
      target('the same of Vault over https', of('vault:// over https').cpuRatio, 2.9),
      target('the same of Secrets Manager over https', of('aws-sm:// over https').cpuRatio, 4),
      target('wall of 1 × bao agent', one.wall / agentOne.wall, 0.6),
      target(`wall of ${many} × bao agent`, hundred.wall / agentHundred.wall, 0.45),
      target(`wall of ${many} × wall of 1`, hundred.wall / one.wall, 5),
      target('peak RSS of 1 × bao agent', one.rss / agentOne.rss, 1),
      target(`peak RSS of ${many} × bao agent`, hundred.rss / agentHundred.rss, 1),
      target('CPU of 1 × bao agent', one.cpu / agentOne.cpu, 1),
      target(`CPU of ${many} × bao agent`, hundred.cpu / agentHundred.cpu, 1),
      target(
        'peak RSS of all in MiB',
        Math.max(...results.filter(({ label }) => !label.startsWith('bao')).map(({ rss }) => rss)),
        64,
      ),
    ],
  }
}
