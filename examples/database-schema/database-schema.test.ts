import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runManifest, type RunningPod } from '@initbox/pod-runner'
import { beforeAll, expect, test } from 'vitest'
import { mustRun, run } from '@initbox/engine/command'
import { runnableImage } from '@initbox/engine/service-images'
import { launchService, postgres as postgresService } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks } from '@initbox/testing/readme'

const folder = import.meta.dirname
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const nginx = 'nginxinc/nginx-unprivileged:1.29'
const postgres = 'postgres:15'

let images: Record<string, string> = {}
let database = ''
beforeAll(async () => {
  images = { [nginx]: await runnableImage(nginx), [postgres]: await runnableImage(postgres) }
  // The official image's postgres is 999; where the image is made from Debian packages, it is another.
  const { stdout } = await run('docker', [
    'run',
    '--rm',
    '--entrypoint',
    'id',
    images[postgres] ?? '',
    '-u',
    'postgres',
  ])
  database = read('database.yaml').replace('runAsUser: 999', `runAsUser: ${stdout.trim()}`)
})

test('deployment.yaml: of three replicas one applies each migration, and all become ready', async () => {
  const pods = await runAll('deployment.yaml')
  try {
    const replicas = pods.filter(({ name }) => name.startsWith('web'))
    expect(replicas).toHaveLength(3)
    await Promise.all(replicas.map((pod) => pod.ready()))
    const lines = replicas.flatMap((pod) => pod.logs('migrate-schema').split('\n'))
    for (const file of read('deployment.yaml').match(/\S+\.sql/g) ?? []) {
      expect(lines.filter((line) => line.startsWith(`applied ${file} in`))).toHaveLength(1)
    }
  } finally {
    await pods[0]?.stop()
  }
})

test('job-and-wait.yaml: the Job migrates, the replicas wait and write nothing', async () => {
  const pods = await runAll('job-and-wait.yaml')
  try {
    await Promise.all(pods.filter(({ name }) => name.startsWith('web')).map((pod) => pod.ready()))
    const said = (prefix: string): string[] =>
      pods.filter(({ name }) => name.startsWith(prefix)).map((pod) => pod.logs('migrate-schema'))
    expect(said('migrate').join('')).toContain('applied 4 migrations')
    expect(said('web').map((log) => log.includes('the schema is ready: all 4 migrations are applied'))).toEqual([
      true,
      true,
      true,
    ])
  } finally {
    await pods[0]?.stop()
  }
})

test('compose.yaml: the application starts behind the migrations', async () => {
  await withCompose(join(folder, 'compose.yaml'), {}, async (compose) => {
    expect((await compose('logs', 'migrate-schema')).stdout).toContain('applied 4 migrations')
  })
})

test('the docker run line of README.md waits for the database and migrates it', async () => {
  const network = `initbox-test-schema-${process.pid}`
  await mustRun('docker', ['network', 'create', network])
  const environment = { POSTGRES_USER: 'app', POSTGRES_DB: 'app', POSTGRES_PASSWORD: 'change-me' }
  try {
    await using db = await launchService(postgresService, {
      environment,
      flags: ['--network', network, '--network-alias', 'db'],
    })
    const [line = ''] = readmeBlocks(folder, { '--network shop': `--network ${network}` })
    const { code, stderr } = await run('sh', ['-ec', line])
    expect([code, stderr]).toEqual([0, expect.stringContaining('applied 4 migrations')])
    await db.stop()
  } finally {
    await run('docker', ['network', 'rm', network])
  }
})

async function runAll(name: string): Promise<readonly RunningPod[]> {
  return (await runManifest(`${database}\n---\n${read(name)}`, { mode: 'docker', images })).pods
}
