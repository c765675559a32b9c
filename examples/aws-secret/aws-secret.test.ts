import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { podCommand } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { expect, test } from 'vitest'
import { run } from '@initbox/engine/command'
import { composeCommand } from '@initbox/engine/compose-command'
import { runnableImage } from '@initbox/engine/service-images'

const folder = import.meta.dirname

test('pod.yaml is right for Kubernetes and the restricted profile', async () => {
  let said = ''
  const { signal } = new AbortController()
  const say = (text: string): void => void (said += text)
  const code = await podCommand(
    ['--check', join(folder, 'pod.yaml')],
    { out: say, err: say },
    { signal, force: signal },
  )
  expect([code, said]).toEqual([0, expect.stringContaining('fits the Kubernetes schema and the restricted profile')])
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
