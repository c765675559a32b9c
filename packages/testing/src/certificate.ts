import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TestCertificate = {
  readonly cert: string
  readonly key: string
  readonly file: string
  readonly remove: () => void
}

const day = 86_400_000

/**
 * A self-signed certificate (RFC 5280 §4.1) for `name` and 127.0.0.1 that ends in so many days; a negative number makes an
 * expired one, which the openssl program of Debian 12 cannot. `file` holds it for `?ca=` until `remove()`.
 */
export function makeCertificate({ days = 30, name = 'localhost' } = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)) // ecdsa-with-SHA256
  const subject = sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x0c, Buffer.from(name))))) // commonName
  const now = Date.now()
  const validity = sequence(time(now + Math.min(-day, (days - 30) * day)), time(now + days * day))
  const names = sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.from([127, 0, 0, 1]))) // dNSName, iPAddress
  const extensions = sequence(sequence(oid(0x55, 29, 17), der(0x04, names))) // subjectAltName
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([1])), // serial number
    algorithm,
    subject, // the issuer
    validity,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const text = sequence(body, algorithm, signature)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')
  const cert = `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
  const folder = mkdtempSync(join(tmpdir(), 'initbox-certificate-'))
  const file = join(folder, 'cert.pem')
  writeFileSync(file, cert)
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert, key, file, remove: () => rmSync(folder, { recursive: true }) }
}

/** Tag, length, value (X.690 §8.1). */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

function time(moment: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(moment).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`))
}
