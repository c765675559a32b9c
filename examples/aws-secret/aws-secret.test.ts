import { join } from 'node:path'
import { mustRun } from '@initbox/engine/command'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { readmeBlocks, withDockerVolume } from '@initbox/testing/readme'
import { expect, test } from 'vitest'
import { startAws } from '../../test/services/fetch-secret/aws.ts'

const folder = import.meta.dirname

test('compose.yaml: it waits for the server and writes the default of a secret that is not there', async () => {
  const port = await freePort()
  await withCompose(join(folder, 'compose.yaml'), { WEB_PORT: `${port}` }, async () => {
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('db-password').catch(() => ''), { timeout: 20_000 }).toBe('not-there-yet')
  })
})

test('the docker run line of README.md', async () => {
  await using aws = await startAws()
  await aws.call('secretsmanager.CreateSecret', { Name: 'prod/shop/db', SecretString: '{"user":"web"}' })
  await withDockerVolume(async (volume, file) => {
    const endpoint = `-e AWS_ENDPOINT_URL=http://${aws.server.address}:5000`
    const [line = ''] = readmeBlocks(folder, {
      '-v secrets:/init': `-v ${volume}:/init ${endpoint}`,
      ' -e AWS_SESSION_TOKEN': '',
    })
    const variables = 'export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=of-the-test'
    await mustRun('sh', ['-ec', `${variables}\n${line}`])
    expect(JSON.parse(await file('db.json'))).toEqual({ user: 'web' })
  })
})
