import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { nginx, startService } from '@initbox/testing'
import { expect, test } from 'vitest'
import { startAws } from '../services/fetch-secret/aws.ts'
import { runImage } from './engine.ts'

const network = `initbox-test-ecs-${process.pid}`
const credentials = { AccessKeyId: 'AKIDTASK', SecretAccessKey: 'key-of-the-task', Token: 'session-of-the-task' }

/** The agent of ECS and Fargate: credentials for who brings the token, at the address that all of them have. */
const agent = `server {
  listen 80;
  listen 8080;
  default_type application/json;
  location = /v2/credentials/task {
    if ($http_authorization != "token-of-the-task") { return 401 '{"code":"AccessDenied","message":"no token"}'; }
    return 200 '${JSON.stringify({ ...credentials, Expiration: '2099-01-01T00:00:00Z' })}';
  }
  location / { return 200 '{}'; }
}
`

// The network is that of awslabs/amazon-ecs-local-container-endpoints.
test('ECS and Fargate: the credentials of the task, by its relative URI and the token of a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-ecs-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'agent.conf'), agent)
  writeFileSync(join(folder, 'token'), 'token-of-the-task\n')
  await mustRun('docker', ['network', 'create', '--subnet', '169.254.170.0/24', network])
  stack.defer(async () => void (await mustRun('docker', ['network', 'rm', network])))
  const aws = stack.use(await startAws())
  await mustRun('docker', ['network', 'connect', '--alias', 'aws', '--ip', '169.254.170.9', network, aws.server.name])
  await aws.call('secretsmanager.CreateSecret', { Name: 'db', SecretString: 'value' })
  const server = await startService(nginx, {
    flags: ['--volume', `${folder}/agent.conf:/etc/nginx/conf.d/default.conf:ro`],
  })
  stack.defer(() => server.stop())
  await mustRun('docker', ['network', 'connect', '--ip', '169.254.170.2', network, server.name])

  const place = ['--network', network, '--tmpfs', '/init', '--volume', `${folder}:/task:ro`]
  const fetches = (more: Readonly<Record<string, string>> = {}) => {
    const environment = {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://aws:5000',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/task',
      ...more,
    }
    const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    return runImage('initbox/fetch-secret:dev', ['db=aws-sm://db', '--timeout=30s'], [...place, ...variables])
  }
  expect(await fetches({ AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/task/token' })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('fetched 1 secret to db'),
  })
  const denied = await fetches()
  expect(denied).toMatchObject({ code: 3, stderr: expect.stringContaining('169.254.170.2 answered 401: AccessDenied') })
})
