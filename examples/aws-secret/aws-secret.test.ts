import { join } from 'node:path'
import { freePort } from '@initbox/testing'
import { withCompose } from '@initbox/testing/compose'
import { expect, test } from 'vitest'

test('compose.yaml: it waits for the server and writes the default of a secret that is not there', async () => {
  const port = await freePort()
  await withCompose(join(import.meta.dirname, 'compose.yaml'), { WEB_PORT: `${port}` }, async () => {
    const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()
    await expect.poll(() => page('db-password').catch(() => ''), { timeout: 20_000 }).toBe('not-there-yet')
  })
})
