import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LookupError } from './lookup-error.ts'
import { nameServer } from '@initbox/testing/name-server'
import { queryAddresses, withResolver } from './query.ts'
import { type ResolveFiles, resolve } from './resolve.ts'

const never = new AbortController().signal

/** Both files in a temporary folder. resolv.conf takes no port: c-ares gets it by the tests of `withResolver`. */
function files(contents: { hosts?: string; resolvConf?: string }): ResolveFiles {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-resolve-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const paths = { hosts: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') }
  if (contents.hosts !== undefined) writeFileSync(paths.hosts, contents.hosts)
  if (contents.resolvConf !== undefined) writeFileSync(paths.resolvConf, contents.resolvConf)
  return paths
}

describe('resolve', () => {
  test.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['::1', ['::1']],
    ['localhost', ['127.0.0.1', '::1']],
    ['app.localhost.', ['127.0.0.1', '::1']],
  ])('knows %s without any file', async (name, expected) => {
    await expect(resolve(name, never, files({}))).resolves.toEqual(expected)
  })

  test('takes what /etc/hosts says, before any name server', async () => {
    const hosts = '10.0.0.7 db\nfd00::7 db\n'
    await expect(resolve('db', never, files({ hosts, resolvConf: 'nameserver 192.0.2.1' }))).resolves.toEqual([
      '10.0.0.7',
      'fd00::7',
    ])
  })

  test('ends at once with the signal while the name server is silent', async () => {
    const interruption = new AbortController()
    // Nobody listens at this address of loopback, and nothing refuses: UDP port 53 of it is just not there.
    const pending = resolve(
      'db',
      interruption.signal,
      files({ resolvConf: 'nameserver 127.255.255.254\noptions timeout:30' }),
    )
    interruption.abort(new Error('stop'))
    await expect(pending).rejects.toThrow('stop')
  })
})

describe('withResolver', () => {
  const ask = (address: string, name: string, signal: AbortSignal = never): ReturnType<typeof queryAddresses> =>
    withResolver({ nameservers: [address], timeout: 200, attempts: 1 }, signal, (resolver) =>
      queryAddresses(resolver, name),
    )

  test('asks for A and AAAA together, and gives the families by turns', async () => {
    const { address, asked } = await nameServer({
      'db.test': { A: ['10.0.0.1', '10.0.0.2'], AAAA: ['fd00:0:0:0:0:0:0:1'] },
    })
    await expect(ask(address, 'db.test')).resolves.toEqual({
      addresses: ['fd00::1', '10.0.0.1', '10.0.0.2'],
      code: undefined,
    })
    expect(asked).toEqual(['db.test', 'db.test'])
  })

  test.each([
    ['a name that does not exist', 3, 'ENOTFOUND'],
    ['a failing server', 2, 'ESERVFAIL'],
    ['a server that refuses', 5, 'EREFUSED'],
    ['a name without addresses', {}, 'ENODATA'],
    ['a silent server', 'silent', 'ETIMEOUT'],
  ] as const)('tells %s', async (_, says, code) => {
    const { address } = await nameServer({ 'db.test': says })
    await expect(ask(address, 'db.test')).resolves.toEqual({ addresses: [], code })
  })

  test('one address family is enough when the other fails', async () => {
    const { address } = await nameServer({ 'db.test': { A: ['10.0.0.1'] } })
    await expect(ask(address, 'db.test')).resolves.toEqual({ addresses: ['10.0.0.1'], code: undefined })
  })

  test('is cancelled by the signal', async () => {
    const { address } = await nameServer({ 'db.test': 'silent' })
    const interruption = new AbortController()
    const pending = ask(address, 'db.test', interruption.signal)
    interruption.abort(new Error('stop'))
    // Cancelled queries end as a failure of the name, so that the caller looks at its signal first.
    await expect(pending).resolves.toMatchObject({ code: 'ECANCELLED' })
  })
})

test('a LookupError says what a caller may rely on', () => {
  expect(new LookupError('db', 'no such name')).toMatchObject({
    code: 'ENOTFOUND',
    message: 'cannot resolve db: no such name',
  })
  expect(new LookupError('db', 'server failure', { servers: ['10.0.0.10'] })).toMatchObject({
    code: 'EAI_AGAIN',
    message: 'cannot resolve db: server failure from name server 10.0.0.10:53',
  })
})
