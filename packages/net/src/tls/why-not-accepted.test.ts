import type { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { optionNames } from './settings.ts'
import { whyNotAccepted } from './why-not-accepted.ts'

const day = 86_400_000
const made = (changes: Partial<X509Certificate>) =>
  ({
    subject: 'CN=db',
    issuer: 'O=Example\nCN=Intermediate',
    subjectAltName: 'DNS:db.test, IP Address:10.0.0.7',
    validFromDate: new Date(Date.now() - day),
    validToDate: new Date(Date.now() + day),
    ...changes,
  }) as X509Certificate
const own = made({})
const old = made({ subject: 'CN=Intermediate', validToDate: new Date('2020-01-02') })

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', [own], /its issuer O=Example, CN=Intermediate is neither sent by the server nor/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', [own], /its issuer O=Example, CN=Intermediate is neither sent/],
  ['CERT_HAS_EXPIRED', [made({ validToDate: new Date('2021-03-04') })], /^expired on 2021-03-04$/],
  ['CERT_HAS_EXPIRED', [own, old], /that of its issuer CN=Intermediate expired on 2020-01-02$/],
  ['CERT_NOT_YET_VALID', [made({ validFromDate: new Date('2999-01-01') })], /^is not valid before 2999-01-01$/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', [own], /^is for other names: db.test, 10.0.0.7$/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', [made({ subjectAltName: '' })], /^is for no name at all$/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', [own], /^is not accepted: depth zero self signed cert$/],
])('%s %#', (code, chain, reason) => {
  expect(whyNotAccepted(code, chain, optionNames).reason).toMatch(reason)
  const names = { ca: '?ca=', cert: '?cert=', key: '?key=', serverName: '?sni=' }
  expect(whyNotAccepted('DEPTH_ZERO_SELF_SIGNED_CERT', chain, names).hint).toBe(
    'name the CA with ?ca=FILE, the name in the certificate with ?sni=NAME',
  )
})
