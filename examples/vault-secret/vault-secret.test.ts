import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { podCommand } from '@initbox/pod-runner'
import { freePort } from '@initbox/testing'
import { expect, test } from 'vitest'
import { run } from '@initbox/engine/command'
import { composeCommand } from '@initbox/engine/compose-command'
import { runnableImage } from '@initbox/engine/service-images'

const folder = import.meta.dirname

test.each(['pod.yaml', 'sidecar.yaml'])('%s is right for Kubernetes and the restricted profile', async (file) => {
  let said = ''
  const { signal } = new AbortController()
  const say = (text: string): void => void (said += text)
  const code = await podCommand(['--check', join(folder, file)], { out: say, err: say }, { signal, force: signal })
  expect([code, said]).toEqual([0, expect.stringContaining('fits the Kubernetes schema and the restricted profile')])
})

test('compose.yaml: the application has what is in OpenBao', async () => {
  const [program, ...words] = await composeCommand()
  let text = readFileSync(join(folder, 'compose.yaml'), 'utf8')
  for (const image of ['openbao/openbao:2.7.2', 'nginxinc/nginx-unprivileged:1.29'])
    text = text.replaceAll(`image: ${image}`, `image: ${await runnableImage(image)}`)
  const port = await freePort()
  const env = { ...process.env, WEB_PORT: `${port}` }
  const name = `initbox-test-vault-secret-${process.pid}`
  const compose = (...args: string[]) =>
    run(program, [...words, '--project-name', name, '--file', '-', ...args], { env, input: text, timeout: 110_000 })
  try {
    expect(await compose('up', '--detach')).toMatchObject({ code: 0 })
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('password').catch(() => ''), { timeout: 20_000 }).toBe('from-vault')
    expect(await page('web.env')).toBe('password=from-vault\nuser=web\n')
    expect((await compose('logs', 'fetch-secret')).stdout).toContain('fetched 1 secret to password, web.env')
  } finally {
    await compose('down', '--volumes')
  }
})
