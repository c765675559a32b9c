import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@initbox/testing'
import { expect, test } from 'vitest'
import { run } from '@initbox/engine/command'
import { composeCommand } from '@initbox/engine/compose-command'
import { runnableImage } from '@initbox/engine/service-images'
import { schemaViolations } from '../../packages/pod-runner/src/policy/kubernetes-schema.ts'

const folder = import.meta.dirname

test.each(['pod.yaml'])('%s fits the Kubernetes schema', (file) => {
  expect(schemaViolations(readFileSync(join(folder, file), 'utf8'))).toEqual([])
})

test('compose.yaml: it waits for the server and writes the default of a secret that is not there', async () => {
  const [program, ...words] = await composeCommand()
  let text = readFileSync(join(folder, 'compose.yaml'), 'utf8')
  for (const image of ['motoserver/moto:5.2.5', 'nginxinc/nginx-unprivileged:1.29'])
    text = text.replaceAll(`image: ${image}`, `image: ${await runnableImage(image)}`)
  const port = await freePort()
  const env = { ...process.env, WEB_PORT: `${port}` }
  const name = `initbox-test-aws-secret-${process.pid}`
  const compose = (...args: string[]) =>
    run(program, [...words, '--project-name', name, '--file', '-', ...args], { env, input: text, timeout: 110_000 })
  try {
    expect(await compose('up', '--detach')).toMatchObject({ code: 0 })
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('db-password').catch(() => ''), { timeout: 20_000 }).toBe('not-there-yet')
  } finally {
    await compose('down', '--volumes')
  }
})
