import { Resolver } from 'node:dns/promises'
import {
  dnsmasq,
  gitServer,
  launchService,
  mariadb,
  memcached,
  nats,
  nginx,
  pgbouncer,
  postgres,
  rabbitmq,
  redis,
  registry,
  registryLogin,
  seaweedfs,
  valkey,
  withService,
} from '@initbox/testing'
import { expect, test } from 'vitest'
import { exchange } from '../../packages/testing/src/services/exchange.ts'

// Each server answers a question that only it can answer. What our tools do with them has tests of its own.

test('PostgreSQL answers a query, directly and through PgBouncer', () =>
  withService(postgres, async (server) => {
    expect(server.url).toBe(`postgresql://initbox:secret@127.0.0.1:${server.port}/app`)
    const ask = (host: string, port: number) =>
      server.exec(
        'psql',
        `postgresql://initbox:secret@${host}:${port}/app`,
        '-Atc',
        "select current_database() || ' ' || current_user",
      )
    expect(await ask('127.0.0.1', 5432)).toBe('app initbox')
    const upstream = { environment: { UPSTREAM: `${server.address}:5432` } }
    await withService(
      pgbouncer,
      async (pooler) => expect(await ask(pooler.address, 6432)).toBe('app initbox'),
      upstream,
    )
  }))

test('MariaDB answers a query of its user', () =>
  withService(mariadb, async (server) => {
    const login = ['-h', '127.0.0.1', '-uinitbox', '-psecret', 'app']
    expect(await server.exec('mariadb', ...login, '-Ne', 'select database()')).toBe('app')
  }))

test('Redis keeps a value', () =>
  withService(redis, async ({ port }) => {
    expect(String(await exchange(port, 'SET greeting hello\r\n'))).toBe('+OK\r\n')
    expect(String(await exchange(port, 'GET greeting\r\n'))).toBe('$5\r\nhello\r\n')
  }))

test('Valkey says that it is one', () =>
  withService(valkey, async (server) => {
    expect(await server.exec('valkey-cli', 'INFO', 'server')).toMatch(/^valkey_version:9\./m)
  }))

test('RabbitMQ knows its user, and a port that it does not listen on yet never counts as ready', async () => {
  await using server = await launchService(rabbitmq)
  await expect(exchange(server.port, 'AMQP\x00\x00\x09\x01')).rejects.toThrow(Error)
  await server.ready()
  expect(await server.exec('rabbitmqctl', 'authenticate_user', 'initbox', 'secret')).toContain('Success')
})

test('NATS introduces itself and shows its monitoring page', () =>
  withService(nats, async ({ port, ports }) => {
    expect(String(await exchange(port))).toMatch(/^INFO \{.*"version"/)
    expect(await (await fetch(`http://127.0.0.1:${ports['8222']}/healthz`)).json()).toEqual({ status: 'ok' })
  }))

test('memcached keeps a value', () =>
  withService(memcached, async ({ port }) => {
    expect(String(await exchange(port, 'set greeting 0 60 5\r\nhello\r\n'))).toBe('STORED\r\n')
    expect(String(await exchange(port, 'get greeting\r\n'))).toBe('VALUE greeting 0 5\r\nhello\r\nEND\r\n')
  }))

test('nginx serves a folder as UID 101 with a read-only root', () =>
  withService(
    nginx,
    async ({ url, exec }) => {
      expect(await exec('id', '-u')).toBe('101')
      const response = await fetch(url)
      expect([response.status, response.headers.get('server')]).toEqual([200, expect.stringMatching(/^nginx/)])
    },
    { flags: ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'] },
  ))

test('dnsmasq answers with its records and with nothing else', () =>
  withService(dnsmasq, async ({ server }) => {
    const resolver = new Resolver()
    resolver.setServers([server])
    expect(await resolver.resolve4('web.test')).toEqual(['192.0.2.1'])
    expect(await resolver.resolve6('web.test')).toEqual(['2001:db8::1'])
    await expect(resolver.resolve4('other.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  }))

test('the registry is open, or wants a login', async () => {
  await withService(registry, async ({ url }) => expect((await fetch(`${url}/v2/`)).status).toBe(200))
  await withService(
    registry,
    async ({ url }) => {
      const ask = async (password: string) =>
        (await fetch(`${url}/v2/`, { headers: { authorization: `Basic ${btoa(`initbox:${password}`)}` } })).status
      expect([await ask('secret'), await ask('other')]).toEqual([200, 401])
    },
    { environment: registryLogin },
  )
})

test('the git server lends repositories over HTTP, with and without a password, and over ssh', () =>
  withService(gitServer, async ({ exec, httpUrl }) => {
    await exec('sh', '-c', makeRepositories)
    const branches = (url: string) => exec('git', 'ls-remote', '--heads', url)
    expect(await branches('http://localhost:8080/open.git')).toContain('refs/heads/main')
    expect(await branches('http://git:secret@localhost:8080/private/closed.git')).toContain('refs/heads/main')
    expect((await fetch(`${httpUrl}private/closed.git/info/refs?service=git-upload-pack`)).status).toBe(401)
    expect(await branches('ssh://git@localhost:2222/srv/git/open.git')).toContain('refs/heads/main')
  }))

/** Run inside: two repositories of one commit, and a key that sshd lets in. */
const makeRepositories = `set -e
  for name in open private/closed; do
    git init -q --bare -b main /srv/git/$name.git
    cd /srv/git/$name.git
    commit=$(git -c user.name=t -c user.email=t@t.test commit-tree -m first $(git mktree < /dev/null))
    git update-ref refs/heads/main $commit
  done
  chown -R git:git /srv/git
  ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
  cp ~/.ssh/id_ed25519.pub /home/git/.ssh/authorized_keys
  ssh-keyscan -p 2222 localhost > ~/.ssh/known_hosts 2> /dev/null`

test('SeaweedFS lists no buckets for nobody', () =>
  withService(seaweedfs, async ({ url }) => {
    const answer = await fetch(url)
    expect(answer.headers.get('server')).toContain('SeaweedFS')
    expect(await answer.text()).toContain('ListAllMyBucketsResult')
  }))
