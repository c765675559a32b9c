import type { ServerResponse } from 'node:http'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { apiServer, fixture, flood } from '../../testing/api-server.ts'
import { makeCertificate } from '@initbox/testing/certificate'
import { prepared } from '../../testing/probe-once.ts'

const certificate = makeCertificate()
afterAll(() => certificate.remove())

const job = (name: string, type = 'Suspended') => ({
  metadata: { name },
  status: { conditions: [{ type, status: 'True' }] },
})
const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`

/** An API server with one list; its watches are handed out as they come. */
async function watched(items: readonly unknown[], { watch = 200 } = {}) {
  const asked: string[] = []
  const watches: ServerResponse[] = []
  let arrived = (): void => {}
  const { folder, environment } = await apiServer(certificate, ({ url = '' }, response) => {
    const isWatch = url.includes('watch=1')
    asked.push(isWatch ? 'watch' : 'list')
    if (!isWatch) return response.end(JSON.stringify({ kind: 'JobList', metadata: { resourceVersion: '7' }, items }))
    expect(url).toContain('&watch=1&resourceVersion=7')
    response.on('error', () => {}).writeHead(watch)
    if (watch === 200) response.flushHeaders()
    else response.end()
    watches.push(response)
    return arrived()
  })
  const end = new AbortController()
  onTestFinished(() => end.abort('the test is over'))
  const target = `k8s://job?selector=app&service-account=${folder}`
  const { attempt, change = async () => {} } = await prepared(target, { environment, signal: end.signal })
  const { signal } = new AbortController()
  return {
    asked,
    state: () => attempt(signal).catch(({ state, message }: { state?: string; message: string }) => state ?? message),
    change: () => change(signal),
    /** The watch that is opened next. */
    next: () => new Promise<ServerResponse | undefined>((resolve) => (arrived = () => resolve(watches.at(-1)))),
  }
}

describe('a watched list', () => {
  test('is kept by the watch: no second list, and every event counts', async () => {
    const { asked, state, change, next } = await watched([job('a'), job('b')])
    await expect(state()).resolves.toBe('0 of 2 ready')
    const opened = next()
    const first = change()
    const watch = await opened
    // An event may come in pieces, and several at once.
    watch?.write(event('MODIFIED', job('a', 'Complete')).slice(0, 20))
    watch?.write(event('MODIFIED', job('a', 'Complete')).slice(20) + event('ADDED', job('c')))
    await first
    await expect(state()).resolves.toBe('1 of 3 ready')
    const second = change()
    watch?.write(event('DELETED', job('b')) + event('MODIFIED', job('c', 'Complete')))
    await second
    await expect(state()).resolves.toBe('2 ready')
    expect(asked).toEqual(['list', 'watch'])
    // What is ready is not watched any longer; who asks again gets a new list.
    await expect(state()).resolves.toBe('0 of 2 ready')
    expect(asked).toEqual(['list', 'watch', 'list'])
  })

  test.each([
    ['is told that it is too old (410 Gone)', (watch: ServerResponse) => watch.write(fixture('gone').text)],
    ['ends', (watch: ServerResponse) => watch.end()],
    ['is cut off', (watch: ServerResponse) => watch.destroy()],
    ['sends garbage', (watch: ServerResponse) => watch.write('garbage\n')],
    ['sends an unknown event', (watch: ServerResponse) => watch.write(event('MOVED', job('a')))],
    ['sends a line without end', flood],
  ])('a watch that %s is followed by a new list and a new watch', async (_, finish) => {
    const { asked, state, change, next } = await watched([job('a')])
    await state()
    const opened = next()
    void change()
    const watch = await opened
    if (watch !== undefined) finish(watch)
    await expect.poll(async () => (await state(), asked.filter((each) => each === 'list').length)).toBeGreaterThan(1)
    const again = next()
    void change()
    await expect(again).resolves.not.toBe(watch)
  })

  test('without the right to watch each look is a list, and nobody tries to watch again', async () => {
    const { asked, state, change, next } = await watched([job('a')], { watch: 403 })
    await state()
    const opened = next()
    void change()
    await opened
    await expect.poll(async () => (await state(), asked.filter((each) => each === 'list').length)).toBeGreaterThan(1)
    void change()
    await state()
    expect(asked.filter((each) => each === 'watch')).toHaveLength(1)
  })
})
