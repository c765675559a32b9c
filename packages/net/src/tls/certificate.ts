import type { X509Certificate } from 'node:crypto'

/** `subject CN=db; issuer CN=ca; valid 2026-01-02 to 2027-01-02`. */
export function formatCertificate({ subject, issuer, validFromDate, validToDate }: X509Certificate): string {
  return `subject ${oneLine(subject)}; issuer ${oneLine(issuer)}; valid ${day(validFromDate)} to ${day(validToDate)}`
}

/** Node has no text at all for an empty name, and one line for each part of others. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ') || 'empty'
}

export function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** The names and addresses that a certificate is for (RFC 5280 §4.2.1.6): `db.test, 10.0.0.1`. */
export function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  return [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]+)/g)].map(
    ([, name = '']) => name,
  )
}
