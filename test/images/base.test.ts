import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '@initbox/testing/certificate'
import { mustRun } from '@initbox/engine/command'
import { inBase, offline, ownThings, restricted, runImage, startInBase, untilLogged } from './engine.ts'

const own = ownThings()

describe('names', () => {
  const lookup = (name: string) =>
    `require('node:dns').lookup('${name}', (error, address) => console.log(error ?? address))`

  test('getaddrinfo reads /etc/hosts', async () => {
    const flags = [...restricted, '--network', await own.network(), '--add-host', 'printed.example:10.9.8.7']
    expect(await inBase(lookup('printed.example'), flags)).toBe('10.9.8.7')
  })

  test('getaddrinfo asks the DNS server of the network', async () => {
    const network = await own.network()
    const server = own.container()
    await startInBase(server, 'setInterval(() => {}, 1e6)', ['--network', network])
    const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`
    const address = await mustRun('docker', ['inspect', '--format', format, server])
    expect(await inBase(lookup(server), [...restricted, '--network', network])).toBe(address)
  })
})

describe('users and folders', () => {
  test('the named users are root, nobody and nonroot, and any other UID runs too', async () => {
    const whoami = 'let name; try { name = os.userInfo().username } catch { name = "nameless" } console.log(name)'
    const as = (user: string) => inBase(whoami, [...offline, '--user', user])
    expect(await Promise.all(['0:0', '65534:65534', '65532:65532', '12345:0'].map(as))).toEqual([
      'root',
      'nobody',
      'nonroot',
      'nameless',
    ])
  })

  test('Node knows time zones and languages without any file of the system', async () => {
    const script = "console.log(new Date(0).toLocaleString('de', { timeZone: 'Asia/Shanghai', dateStyle: 'long' }))"
    expect(await inBase(script)).toBe('1. Januar 1970')
  })
})

describe('TLS', () => {
  const server = own.container()
  const { cert, key, file, remove } = makeCertificate({ name: server })
  const mounted = ['-v', `${file}:/tls/cert.pem:ro`]
  let network = ''

  beforeAll(async () => {
    network = await own.network()
    const serve = `require('node:https').createServer(${JSON.stringify({ cert, key })}, (_, response) => response.end('hello'))
      .listen(8443, () => console.log('listening'))`
    await startInBase(server, serve, ['--network', network])
    await untilLogged(server)
  })
  afterAll(remove)

  const get = (flags: readonly string[]) => {
    const script = `require('node:https').get('https://${server}:8443', (r) => r.pipe(process.stdout)).on('error', (e) => console.log(e.code))`
    return inBase(script, [...restricted, '--network', network, ...mounted, ...flags])
  }
  const ca = ['-e', 'NODE_EXTRA_CA_CERTS=/tls/cert.pem']

  test('a certificate of an unknown authority is refused, and accepted once the authority is named', async () => {
    expect(await get([])).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(await get(ca)).toBe('hello')
  })

  test('a tool takes the authority from SSL_CERT_FILE', async () => {
    const wait = (flags: readonly string[]) =>
      runImage(
        'initbox/wait-for:dev',
        [`https://${server}:8443/`, '--timeout', '20s'],
        [...restricted, '--network', network, ...mounted, ...flags],
      )
    const refused = await wait([])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/certificate/i)
    expect(await wait(['-e', 'SSL_CERT_FILE=/tls/cert.pem'])).toMatchObject({ code: 0 })
  })

  test("the system's CA bundle is there and every certificate in it can be read", async () => {
    const script = `
      const pems = fs.readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8').match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g)
      console.log(pems.filter((pem) => new (require('node:crypto').X509Certificate)(pem).ca).length === pems.length, pems.length > 100)`
    expect(await inBase(script)).toBe('true true')
  })
})
