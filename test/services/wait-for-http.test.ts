import { launchService, nginx } from '@initbox/testing'
import { describe, expect, test } from 'vitest'
import { probeOnce } from '../../tools/wait-for/src/testing/probe-once.ts'
import { statesUntilReady } from '../../tools/wait-for/src/testing/states-until-ready.ts'

describe('wait-for http, with nginx', () => {
  test('while it starts, and what it serves then', async () => {
    await using server = await launchService(nginx)
    const web = `http://${server.address}:8080`
    const states = await statesUntilReady(`${web}/?status=200`)
    expect(states.join(' → ')).toMatch(/^(refused)?$/)
    await expect(probeOnce(`${web}/?status=200&response-header=content-type: text/html`)).resolves.toBe('200 OK')
    await expect(probeOnce(`${web}/none`)).rejects.toMatchObject({ state: '404', gone: true })
    await expect(probeOnce(`${web}/?method=POST`)).rejects.toMatchObject({ state: '405' })
    await server.docker('pause')
    await expect(probeOnce(`${web}/`, { limit: 300 })).rejects.toMatchObject({ state: 'silent' })
    await server.docker('unpause')
    await expect(probeOnce(`${web}/`)).resolves.toBe('200 OK')
  })
})
