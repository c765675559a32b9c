import type { X509Certificate } from 'node:crypto'
import { listSome } from '@initbox/core'
import { day, namesOf, oneLine } from './certificate.ts'
import { type TlsNames, withValue } from './settings.ts'

type Reason = { readonly reason: string; readonly hint: string }

/**
 * Why a certificate was not accepted, to complete "certificate of db:5432 …". `error` is Node's: a code of OpenSSL's
 * verify(1), although it is typed as an Error. Chain: the server's certificate first.
 */
export function whyNotAccepted(error: unknown, chain: readonly X509Certificate[], names: TlsNames): Reason {
  const code = codeOf(error)
  const [own] = chain
  const last = chain.at(-1)
  const nameCa = `name the CA with ${withValue(names.ca, 'FILE')}`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' && own !== undefined) {
    const found = namesOf(own)
    const reason = found.length === 0 ? 'is for no name at all' : `is for other names: ${listSome(found)}`
    return { reason, hint: `use one of its names, or give it with ${withValue(names.serverName, 'NAME')}` }
  }
  if (code === 'CERT_HAS_EXPIRED') {
    const old = chain.find(({ validToDate }) => validToDate.getTime() < Date.now())
    const whose = old === undefined || old === own ? '' : `is not accepted: that of its issuer ${oneLine(old.subject)} `
    const when = old === undefined ? 'has expired' : `expired on ${day(old.validToDate)}`
    return { reason: `${whose}${when}`, hint: 'renew it; or is the clock of this machine wrong?' }
  }
  if (code === 'CERT_NOT_YET_VALID') {
    const from = own === undefined ? '' : ` before ${day(own.validFromDate)}`
    return { reason: `is not valid${from}`, hint: 'is the clock of this machine right?' }
  }
  if (/^UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)$/.test(code) && last !== undefined) {
    const reason = `is not accepted: its issuer ${oneLine(last.issuer)} is neither sent by the server nor a known CA`
    return { reason, hint: `${nameCa}; or the server must send its intermediate certificates` }
  }
  const words = code.toLowerCase().replaceAll('_', ' ')
  return {
    reason: `is not accepted: ${words}`,
    hint: `${nameCa}, the name in the certificate with ${withValue(names.serverName, 'NAME')}`,
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
