import { join } from 'node:path'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { expect, test } from 'vitest'

test('compose.yaml: the application has what is in OpenBao', async () => {
  const port = await freePort()
  await withCompose(join(import.meta.dirname, 'compose.yaml'), { WEB_PORT: `${port}` }, async (compose) => {
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('password').catch(() => ''), { timeout: 20_000 }).toBe('from-vault')
    expect(await page('web.env')).toBe('password=from-vault\nuser=web\n')
    expect((await compose('logs', 'fetch-secret')).stdout).toContain('fetched 1 secret to password, web.env')
  })
})
